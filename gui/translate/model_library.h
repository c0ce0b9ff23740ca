// The models one can choose from: those of the folders and those opened from elsewhere.
#pragma once

#include <QAbstractListModel>
#include <QStringList>
#include <vector>

#include "gui/session/types.h"

namespace imago::gui {

/// Sections with a heading each: one for each task that model cards name, upscaling first, then all
/// others. Headings are rows that cannot be chosen. The order is always the same, by task and name;
/// what cannot be used comes last.
class ModelLibrary : public QAbstractListModel {
  Q_OBJECT

 public:
  struct Row {
    QString heading;  // of a section; empty: a model
    ModelCard card;
  };

  /// `defaults`: where models are looked for until a folder is chosen.
  explicit ModelLibrary(const QStringList& defaults, QObject* parent = nullptr);

  /// The folder chosen last, in this run or an earlier one, or the default ones.
  QStringList folders() const;
  void setFolder(const QString& folder);
  /// The files used last, newest first.
  QStringList recent() const { return recent_; }
  bool isUsedLast(const ModelCard& card) const { return card.path == recent_.value(0); }
  /// Chains that were put together here (session/chains.h), in this run or an earlier one.
  QStringList chains() const;
  void addChain(const QString& chain);
  void removeChain(const QString& chain);
  /// Puts a file at the head of the recent ones and remembers that.
  void use(const ModelCard& card);

  /// A model or chain is gone.
  void forget(const QString& path);
  /// Adds a model or renews what is known of it.
  void put(const ModelCard& card);
  void clear();

  int rowOf(const QString& path) const;
  /// By path, else by name or file stem; -1 where there is none.
  int rowNamed(const QString& name) const;
  int firstUsable() const;
  const Row& row(int row) const { return rows_[row]; }
  /// In the order of the list.
  QList<ModelCard> usable() const;

  int rowCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  Qt::ItemFlags flags(const QModelIndex& index) const override;

 private:
  void rebuild();

  QStringList defaults_, recent_;
  std::vector<ModelCard> cards_;
  std::vector<Row> rows_;
};

/// "rrdbnet ×4 · 16.7 M parameters · F16 · CC-BY-4.0"
QString summary(const ModelCard& card);
/// What it is called in the list.
QString title(const ModelCard& card);
/// What it does and where it fails, or why it cannot be used; empty: nothing is told.
QString about(const ModelCard& card);
/// The technical rest that is known of a model that can be used, a line each.
QString details(const ModelCard& card);

}  // namespace imago::gui

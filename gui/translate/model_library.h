// The models one can choose from: those used last, then those of a folder.
#pragma once

#include <QAbstractListModel>
#include <QStringList>
#include <vector>

#include "gui/session/types.h"

namespace imago::gui {

/// Sections with a heading each: those used last, one for each task that model cards name, all
/// others. Headings are rows that cannot be chosen. A model stands in one section only; those of
/// the folder that cannot be used come last.
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
  /// Puts a file at the head of the recent ones and remembers that; shown with the next put.
  void use(const ModelCard& card);

  /// Adds a model or renews what is known of it.
  void put(const ModelCard& card);
  void clear();

  int rowOf(const QString& path) const;
  /// By path, else by name or file stem; -1 where there is none.
  int rowNamed(const QString& name) const;
  int firstUsable() const;
  const Row& row(int row) const { return rows_[row]; }

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
/// Every thing known of a model, a line each.
QString details(const ModelCard& card);

}  // namespace imago::gui

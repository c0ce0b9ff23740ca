// Choosing a model: the list, what is known of the chosen one, and where to find others.
#pragma once

#include <QWidget>
#include <optional>

#include "gui/session/types.h"
#include "gui/widgets/dialogs.h"

class QHBoxLayout;
class QLabel;
class QListView;
class QMenu;
class QPushButton;

namespace imago::gui {

class FixedText;
class ModelLibrary;
class Section;
class Session;

class ModelPanel : public QWidget {
  Q_OBJECT

 public:
  ModelPanel(Session& session, const Dialogs& dialogs, QWidget* parent = nullptr);

  /// The chosen model, where it can be used.
  std::optional<ModelCard> current() const;
  /// Chooses a model by path or name, now or when it has been read; a name that never turns up is
  /// told by notFound.
  void choose(const QString& pathOrName);
  /// Adds a file from anywhere and chooses it.
  void openFile(const QString& path);
  /// The chosen model, and then this one: a chain, which is remembered, and chosen.
  void chainWith(const QString& path);
  /// Remembers the chosen model as used last.
  void markUsed();
  /// Looks through the folders again.
  void reload();
  Section* detailsSection() const { return detailsSection_; }
  /// With its details closed it is as high as `wanted`, and higher where the list has no room for
  /// four models then, unless `most` would not hold the list.
  void fit(int wanted, int most);
  /// Those that can be used and bring a photo to try them with, in the list's order.
  QList<ModelCard> withPhotos() const;

 public slots:
  void askForFile();
  void askForFolder();

 signals:
  void currentChanged();
  /// Models have come or gone.
  void listed();
  void notFound(const QString& message);
  /// A person wants to go on training from it.
  void trainRequested(const QString& model);

 private:
  void addCard(const ModelCard& card);
  void finishListing();
  void select(int row);
  void showCurrent();
  const ModelCard* selected() const;
  /// What can be done with the chosen model.
  void fillMenu(QMenu& menu);
  void removeChain();
  /// The model's file is gone; it may be found as `now`.
  void forget(const QString& path, const QString& now);

  Session& session_;
  Dialogs dialogs_;
  ModelLibrary* library_;
  QListView* list_;
  QLabel* empty_;
  FixedText *about_, *details_;
  Section* detailsSection_;
  QHBoxLayout* buttons_;
  QString wanted_;             // asked for, not yet turned up
  bool wantedIsFile_ = false;  // it is being read: no listing of folders tells whether it is there
  QString chosen_;             // path of the selected one; survives the list's renewal
  bool rebuilding_ = false;
  bool byItself_ = true;  // nobody has chosen yet
};

}  // namespace imago::gui

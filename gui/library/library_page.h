// The Library page: the models there are, what is known of each, and what can be done with its
// file.
#pragma once

#include <QWidget>
#include <map>

#include "gui/session/types.h"
#include "gui/widgets/dialogs.h"

class QAction;
class QListWidget;
class QMimeData;

namespace imago::gui {

class Banner;
class DropHint;
class ModelSheet;
class Session;

class LibraryPage : public QWidget {
  Q_OBJECT

 public:
  LibraryPage(Session& session, const Dialogs& dialogs, QWidget* parent = nullptr);

  /// What the window puts in its menus and tool bar.
  struct Actions {
    QAction *import, *use, *train, *measure, *study, *rename, *exportFile, *remove;
  };
  const Actions& actions() const { return actions_; }
  /// False while a model's file is being written: it is closed when that is done, and stays open
  /// where it went wrong.
  bool mayClose();

 signals:
  void statusMessage(const QString& text);
  /// On the Translate page.
  void useRequested(const QString& model);
  /// A person wants to go on training from it.
  void trainRequested(const QString& model);
  /// What mayClose waited for is done.
  void closeRequested();
  /// What mayClose waited for went wrong, and the page says why.
  void closingFailed();

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void makeActions();
  void makeLayout();
  void importFiles(const QStringList& files);
  void importAsked();
  void measure();
  void study();
  void rename();
  void exportFile();
  void remove();
  void takeCard(const ModelCard& card);
  void takeOutcome(const ModelFileOutcome& outcome);
  void takeSpeed(const ModelSpeed& speed);
  void fillList();
  void keepChoice();
  void showChosen();
  const ModelCard* chosen() const;

  Session& session_;
  Dialogs dialogs_;
  Banner* banner_;
  QListWidget* list_;
  ModelSheet* sheet_;
  DropHint* dropHint_;
  Actions actions_ = {};
  std::map<QString, ModelCard> cards_;  // by path
  QString device_;                      // the best one, as its index
  QString wanted_;                      // to be chosen as soon as it is there
  QString kept_;                        // what stays chosen; empty: the first, whichever it is
  QString measuring_;                   // the path of the one whose speed is measured
  int unfinished_ = 0;                  // files that something is done with
  bool closeAfterwards_ = false;
};

}  // namespace imago::gui

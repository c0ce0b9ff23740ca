// The Train page: runs on the left; a new training or the chosen run beside them.
#pragma once

#include <QElapsedTimer>
#include <QHash>
#include <QTimer>
#include <QWidget>

#include "gui/session/train_types.h"
#include "gui/session/types.h"
#include "gui/widgets/dialogs.h"

class QAction;
class QLabel;
class QListView;
class QStackedWidget;

namespace imago::gui {

class Banner;
class DropHint;
class RunList;
class RunView;
class Session;
class TrainForm;
class TrainingSession;

class TrainPage : public QWidget {
  Q_OBJECT

 public:
  TrainPage(Session& devices, TrainingSession& session, const Dialogs& dialogs,
            QWidget* parent = nullptr);

  /// A folder of runs, or a run.
  void openRuns(const QString& folder);
  /// Shows the form for a new training.
  void newTraining();
  /// The same, for one that goes on from this model.
  void trainFrom(const QString& model);

  /// False while a training is being saved; then closeRequested follows.
  bool mayClose();

  struct Actions {
    QAction *newTraining, *openRuns, *start, *pause, *resume, *stop, *use, *study, *showFolder;
  };
  const Actions& actions() const { return actions_; }
  TrainForm& form() const { return *form_; }
  RunView& view() const { return *view_; }
  const RunList& runs() const { return *runs_; }
  /// The run that is shown; empty: the form is.
  QString shown() const { return shown_; }
  /// The run this window trains; empty: none.
  QString trained() const { return here_; }

 signals:
  void statusMessage(const QString& text);
  void closeRequested();
  /// Training has ended, by itself.
  void ended();
  /// A person wants this model on the Translate page.
  void useRequested(const QString& model);
  /// A generator of a run that is not being trained is there, or has changed.
  void modelAvailable(const QString& model);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void showEvent(QShowEvent* event) override;

 private:
  void makeActions();
  void makeLayout();
  QWidget* makeRunColumn();
  void connectParts();
  void connectModels(Session& models);

  void start();
  void resume();
  void stop(bool thenForm);
  void began(const RunCard& run);
  void takeEnd(const TrainEnd& end);
  void tellEnd(const TrainEnd& end, const QString& name, bool wasShown);
  void takeRuns(const QString& folder, const QList<RunCard>& runs, const QString& chosen);
  void takeDetails(const RunDetails& details);
  void tellAlarms(const RunDetails& details);
  void select(const QString& run);
  void tick();
  void updateActions();

  TrainingSession& session_;
  Dialogs dialogs_;
  RunList* runs_;
  TrainForm* form_ = nullptr;
  RunView* view_ = nullptr;
  Banner* banner_;
  QStackedWidget* stack_;
  QListView* list_;
  QLabel* empty_;
  DropHint* dropHint_;
  Actions actions_ = {};

  QString folder_;    // of runs
  QString shown_;     // run; empty: the form
  QString here_;      // run trained by this window; empty: none
  RunCard hereCard_;  // what is known of it before its files are there
  bool stopping_ = false, thenForm_ = false, closing_ = false;
  QHash<QString, QDateTime> announced_;  // models, and of when
  QString asked_;                        // a model to start from that is being read
  QHash<QString, qsizetype> alarms_;     // of each run, that were told
  QTimer timer_;
  QElapsedTimer sinceRead_, sinceList_;
  bool reading_ = false, listing_ = false;
  int readMs_ = 0;
};

}  // namespace imago::gui

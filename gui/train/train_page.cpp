#include "gui/train/train_page.h"

#include <QAction>
#include <QDesktopServices>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QLabel>
#include <QListView>
#include <QMimeData>
#include <QSettings>
#include <QStackedWidget>
#include <QStandardPaths>
#include <QUrl>
#include <algorithm>

#include "gui/session/session.h"
#include "gui/session/session_training.h"
#include "gui/session/train_presets.h"
#include "gui/train/run_list.h"
#include "gui/train/run_view.h"
#include "gui/train/train_form.h"
#include "gui/widgets/banner.h"
#include "gui/widgets/drop_area.h"

namespace imago::gui {

namespace {

constexpr char kRunsKey[] = "train/runs";
constexpr int kTickMs = 500;
constexpr int kListEveryMs = 3000;
constexpr int kReadEveryMs = 1000;
// Reading a long history may take at most this share of the time: a twentieth.
constexpr int kReadShare = 20;

QString default_runs_folder() {
  const QString documents = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
  return QDir(documents).filePath("Imago runs");
}

/// The folder or the table that is dragged; empty: there is none.
QString data_in(const QMimeData* mime) {
  if (mime == nullptr || mime->urls().size() != 1) return {};
  const QFileInfo file(mime->urls().first().toLocalFile());
  const bool table = file.isFile() && QStringList{"csv", "tsv"}.contains(file.suffix().toLower());
  return file.isDir() || table ? file.filePath() : QString();
}

}  // namespace

TrainPage::TrainPage(Session& devices, TrainingSession& session, const Dialogs& dialogs,
                     QWidget* parent)
    : QWidget(parent), session_(session), dialogs_(dialogs), runs_(new RunList(this)) {
  setAcceptDrops(true);
  makeActions();
  makeLayout();
  dropHint_ = new DropHint(this);
  connectParts();
  connectModels(devices);
  connect(&devices, &Session::devicesListed, this, [this](const QList<Device>& found) {
    form_->setDevices(found);
    updateActions();
  });
  folder_ = QSettings().value(kRunsKey, default_runs_folder()).toString();
  form_->setKeptIn(folder_);
  newTraining();
  timer_.start(kTickMs);
  openRuns(folder_);
}

void TrainPage::connectParts() {
  connect(form_, &TrainForm::keptInChosen, this, &TrainPage::openRuns);
  connect(list_->selectionModel(), &QItemSelectionModel::selectionChanged, this, [this] {
    const QModelIndexList rows = list_->selectionModel()->selectedIndexes();
    if (!rows.isEmpty()) select(runs_->at(rows.first().row()).path);
  });
  connect(&timer_, &QTimer::timeout, this, &TrainPage::tick);
  connect(&session_, &TrainingSession::runsListed, this, &TrainPage::takeRuns);
  connect(&session_, &TrainingSession::runRead, this, &TrainPage::takeDetails);
  connect(&session_, &TrainingSession::trainingEnded, this, &TrainPage::takeEnd);
  connect(&session_, &TrainingSession::trainingWarned, this, [this](const QString& text) {
    banner_->show(Banner::Kind::info, tr("%1: %2").arg(hereCard_.name, text));
  });
  connect(&session_, &TrainingSession::trainingProgress, this,
          [this](const TrainProgressView& progress) {
            runs_->setProgress(here_, progress.step, progress.steps);
            if (shown_ == here_ && !stopping_) view_->setProgress(progress);
          });
}

void TrainPage::connectModels(Session& models) {
  connect(form_, &TrainForm::modelAsked, this, [this, &models](const QString& file) {
    asked_ = file;
    models.readModel(file);
  });
  connect(&models, &Session::modelRead, this, [this](const ModelCard& card) {
    form_->addModel(card);
    if (card.path != asked_) return;
    asked_.clear();
    if (!card.usable()) banner_->show(Banner::Kind::error, card.error);
  });
}

// Which run.

void TrainPage::openRuns(const QString& folder) {
  if (folder.isEmpty()) return;
  listing_ = true;
  session_.listRuns(folder);
}

void TrainPage::newTraining() {
  shown_.clear();
  list_->selectionModel()->clear();
  stack_->setCurrentWidget(form_);
  updateActions();
}

void TrainPage::trainFrom(const QString& model) {
  newTraining();
  form_->setStartFrom(model);
}

void TrainPage::select(const QString& run) {
  const int row = runs_->rowOf(run);
  if (row < 0) return;
  if (shown_ != run) {
    shown_ = run;
    sinceRead_.invalidate();
    readMs_ = 0;
    reading_ = true;
    view_->setRun(runs_->at(row));
    session_.readRun(run);
  }
  list_->selectionModel()->setCurrentIndex(runs_->index(row), QItemSelectionModel::ClearAndSelect);
  stack_->setCurrentWidget(view_);
  updateActions();
}

void TrainPage::takeRuns(const QString& folder, const QList<RunCard>& runs, const QString& chosen) {
  listing_ = false;
  sinceList_.start();
  if (folder != folder_) {
    folder_ = folder;
    QSettings().setValue(kRunsKey, folder_);
    form_->setKeptIn(folder_);
  }
  QList<RunCard> all = runs;
  const auto own = std::ranges::find(all, here_, &RunCard::path);
  if (!here_.isEmpty()) {
    // What this window trains it knows better than the files, and before them.
    const int row = runs_->rowOf(here_);
    RunCard card = own != all.end() ? *own : hereCard_;
    if (row >= 0) card.step = std::max(card.step, runs_->at(row).step);
    if (row >= 0 && card.steps == 0) card.steps = runs_->at(row).steps;
    card.running = true;
    if (own != all.end()) {
      *own = card;
    } else {
      all.prepend(card);
    }
  }
  runs_->setRuns(all);
  empty_->setVisible(all.isEmpty());
  for (const RunCard& run : all) {
    if (run.running || run.fromNoise || run.model.isEmpty() ||
        announced_.value(run.model) == run.modelTime)
      continue;
    announced_.insert(run.model, run.modelTime);
    emit modelAvailable(run.model);
  }
  const QString next = chosen.isEmpty() ? shown_ : chosen;
  if (next.isEmpty()) return;
  if (runs_->rowOf(next) >= 0) {
    select(next);
  } else {
    newTraining();  // the run that was shown is gone
  }
}

void TrainPage::takeDetails(const RunDetails& details) {
  reading_ = false;
  sinceRead_.start();
  readMs_ = details.readMs;
  if (details.card.path != shown_) return;
  RunDetails shown = details;
  const int row = runs_->rowOf(shown_);
  if (!details.error.isEmpty() && row >= 0 && shown_ == here_) {
    shown.card = runs_->at(row);  // its files are not there yet
    shown.error.clear();
  } else if (shown_ == here_ && row >= 0) {
    shown.card.running = true;
    shown.card.step = std::max(shown.card.step, runs_->at(row).step);
    shown.card.steps = std::max(shown.card.steps, runs_->at(row).steps);
  }
  if (shown.error.isEmpty()) runs_->put(shown.card);
  view_->setDetails(shown);
  tellAlarms(shown);
  updateActions();
}

void TrainPage::tellAlarms(const RunDetails& details) {
  if (details.history == nullptr) return;
  const QList<RunHistory::Alarm>& alarms = details.history->alarms;
  const qsizetype told = alarms_.value(details.card.path, details.card.running ? 0 : alarms.size());
  alarms_.insert(details.card.path, alarms.size());
  if (!details.card.running || alarms.size() <= told) return;
  const RunHistory::Alarm& last = alarms.last();
  banner_->show(Banner::Kind::error,
                tr("%1: %2\n%3").arg(details.card.name, last.text, last.advice).trimmed());
}

void TrainPage::tick() {
  if (!isVisible()) return;
  if (!listing_ && (!sinceList_.isValid() || sinceList_.hasExpired(kListEveryMs))) {
    listing_ = true;
    session_.listRuns(folder_);
  }
  const int pause = std::max(kReadEveryMs, kReadShare * readMs_);
  if (!shown_.isEmpty() && !reading_ && (!sinceRead_.isValid() || sinceRead_.hasExpired(pause))) {
    reading_ = true;
    session_.readRun(shown_);
  }
}

void TrainPage::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  sinceList_.invalidate();
  sinceRead_.invalidate();
}

// Training.

void TrainPage::start() {
  const TrainSettings settings = form_->settings();
  RunCard card;
  card.path = runOf(settings);
  card.name = settings.name;
  card.method = titleOf(settings.task);
  card.pictures = picturesOf(settings);
  card.medium = mediumOf(settings.task);
  card.fromNoise = card.medium != Medium::pictures;
  began(card);
  session_.start(settings);
}

void TrainPage::resume() {
  const int row = runs_->rowOf(shown_);
  if (row < 0) return;
  began(runs_->at(row));
  session_.resume(shown_, form_->device());
}

void TrainPage::began(const RunCard& run) {
  banner_->hide();
  here_ = run.path;
  hereCard_ = run;
  hereCard_.running = true;
  stopping_ = thenForm_ = false;
  runs_->put(hereCard_);
  empty_->hide();
  form_->setBusy(tr("%1 is being trained; pause it first").arg(run.name));
  if (shown_ == run.path) shown_.clear();  // its view begins anew
  select(run.path);
}

void TrainPage::stop(bool thenForm) {
  if (here_.isEmpty()) return;
  stopping_ = true;
  thenForm_ = thenForm;
  session_.stop();
  updateActions();
}

void TrainPage::takeEnd(const TrainEnd& end) {
  const QString name = hereCard_.name;
  const bool wasShown = shown_ == here_;
  here_.clear();
  stopping_ = false;
  form_->setBusy({});
  tellEnd(end, name, wasShown);
  listing_ = true;
  session_.listRuns(folder_);
  if (!shown_.isEmpty()) {
    reading_ = true;
    session_.readRun(shown_);
  }
  updateActions();
  // What could not be saved is told, and the window stays open for it.
  if (closing_ && end.error.isEmpty()) emit closeRequested();
  closing_ = false;
}

void TrainPage::tellEnd(const TrainEnd& end, const QString& name, bool wasShown) {
  const QString step = QLocale().toString(end.step);
  if (!end.error.isEmpty()) {
    banner_->show(Banner::Kind::error, tr("%1: %2").arg(name, end.error));
    dialogs_.notifyIfAway(*this, tr("Training has stopped"), tr("%1: %2").arg(name, end.error));
    emit ended();
  } else if (end.finished) {
    emit statusMessage(tr("%1 is trained").arg(name));
    dialogs_.notifyIfAway(*this, tr("Training has ended"), tr("%1 is trained.").arg(name));
    emit ended();
  } else if (end.timeUp) {
    const QString text = tr("%1 ended at step %2, as its time was up. Resume goes on from there.");
    banner_->show(Banner::Kind::info, text.arg(name, step));
    dialogs_.notifyIfAway(*this, tr("Training has ended"), text.arg(name, step));
    emit ended();
  } else if (thenForm_ && wasShown) {
    newTraining();
    banner_->show(Banner::Kind::info,
                  tr("%1 is stopped at step %2 and kept in the list; it can be resumed from there.")
                      .arg(name, step));
  } else {
    emit statusMessage(tr("%1 is paused at step %2").arg(name, step));
  }
}

bool TrainPage::mayClose() {
  if (here_.isEmpty()) return true;
  if (closing_) return false;
  closing_ = true;
  banner_->show(Banner::Kind::info,
                tr("Saving %1 so that it can be resumed; the window closes when that is done.")
                    .arg(hereCard_.name));
  stop(false);
  return false;
}

void TrainPage::updateActions() {
  const int row = runs_->rowOf(shown_);
  const bool any = row >= 0;
  const RunCard run = any ? runs_->at(row) : RunCard();
  const bool here = any && shown_ == here_;
  const bool paused = any && !here && !run.running && !run.finished;
  // Each keeps its place: one that came where another was would be hit by a double click.
  for (QAction* action : {actions_.pause, actions_.stop, actions_.resume}) action->setVisible(any);
  actions_.pause->setEnabled(here && !stopping_);
  actions_.stop->setEnabled(here && !stopping_);
  const QString why = !run.resumable ? tr("There is no saved state to go on from")
                      : !here_.isEmpty()
                          ? tr("%1 is being trained; pause it first").arg(hereCard_.name)
                      : form_->device().isEmpty() ? tr("There is no device to compute on")
                                                  : QString();
  actions_.resume->setEnabled(paused && why.isEmpty());
  actions_.resume->setToolTip(why.isEmpty() ? tr("Goes on where it was paused") : why);
  actions_.use->setVisible(any && !run.fromNoise);
  actions_.study->setEnabled(any && run.medium == Medium::pictures && !run.model.isEmpty() &&
                             !form_->device().isEmpty());
  actions_.use->setEnabled(any && !run.model.isEmpty());
  actions_.showFolder->setVisible(any);
  view_->setDevice(form_->device());
  if (!any) return;
  using Activity = RunView::Activity;
  view_->setActivity(here          ? (stopping_ ? Activity::stoppingHere : Activity::here)
                     : run.running ? Activity::elsewhere
                                   : Activity::nobody);
}

// Dropped folders and tables.

void TrainPage::dragEnterEvent(QDragEnterEvent* event) {
  if (data_in(event->mimeData()).isEmpty()) return;
  event->acceptProposedAction();
  dropHint_->appear();
}

void TrainPage::dragLeaveEvent(QDragLeaveEvent*) { dropHint_->hide(); }

void TrainPage::dropEvent(QDropEvent* event) {
  dropHint_->hide();
  const QString dropped = data_in(event->mimeData());
  if (dropped.isEmpty()) return;
  event->acceptProposedAction();
  newTraining();
  form_->setDropped(dropped);
}

}  // namespace imago::gui

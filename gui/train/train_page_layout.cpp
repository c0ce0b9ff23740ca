// The Train page's actions and where its parts stand; what they do is in train_page.cpp.
#include <QAction>
#include <QDesktopServices>
#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QPushButton>
#include <QSplitter>
#include <QStackedWidget>
#include <QUrl>
#include <QVBoxLayout>

#include "gui/session/session_training.h"
#include "gui/train/run_list.h"
#include "gui/train/run_view.h"
#include "gui/train/train_form.h"
#include "gui/train/train_page.h"
#include "gui/widgets/banner.h"
#include "gui/widgets/icons.h"
#include "gui/widgets/page_parts.h"
#include "gui/widgets/study_dialog.h"

namespace imago::gui {

void TrainPage::makeActions() {
  const auto make = [this](Glyph glyph, const QString& name, const QString& text,
                           const QKeySequence& key, auto slot) {
    QAction* action = newAction(this, glyph, text, key, slot);
    action->setObjectName(name);
    return action;
  };
  actions_.newTraining = make(Glyph::add, "newTraining", tr("&New Training"), QKeySequence::New,
                              [this] { newTraining(); });
  actions_.openRuns =
      make(Glyph::folder, "openRuns", tr("&Open Runs…"), QKeySequence::Open, [this] {
        openRuns(dialogs_.pickFolder(this, tr("Open a Run, or a Folder of Runs"), folder_));
      });
  actions_.start = make(Glyph::train, "start", tr("&Start Training"), Qt::CTRL | Qt::Key_Return,
                        [this] { start(); });
  actions_.pause =
      make(Glyph::pause, "pause", tr("&Pause"), Qt::CTRL | Qt::Key_P, [this] { stop(false); });
  actions_.pause->setToolTip(tr("Saves the run; it goes on from the same step"));
  actions_.resume =
      make(Glyph::play, "resume", tr("&Resume"), Qt::CTRL | Qt::Key_R, [this] { resume(); });
  actions_.stop = make(Glyph::stop, "stop", tr("S&top"), {}, [this] { stop(true); });
  actions_.stop->setToolTip(tr("Saves the run and makes room for another"));
  actions_.use =
      make(Glyph::translate, "use", tr("&Use on Translate Page"), Qt::CTRL | Qt::Key_U, [this] {
        const int row = runs_->rowOf(shown_);
        if (row >= 0) emit useRequested(runs_->at(row).model);
      });
  actions_.use->setToolTip(tr("Translates photos with what this run has learned so far"));
  actions_.study = make(Glyph::check, "study", tr("Perceptual Stud&y…"), {}, [this] {
    const int row = runs_->rowOf(shown_);
    if (row < 0) return;
    auto* dialog =
        new StudyDialog(runs_->at(row).model, runs_->at(row).name, form_->device(), dialogs_, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->open();
  });
  actions_.study->setToolTip(
      tr("Tests whether a person can tell this run's pictures from real ones"));
  actions_.showFolder = make(Glyph::folder, "showFolder", tr("Show &Folder"), {},
                             [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(shown_)); });
  actions_.showFolder->setToolTip(tr("Opens the run's folder, with its report for a browser"));
}

void TrainPage::makeLayout() {
  banner_ = new Banner(this);
  banner_->setObjectName("trainBanner");
  form_ = new TrainForm(session_, dialogs_, actions_.start, this);
  view_ = new RunView(
      session_, {actions_.resume, actions_.pause, actions_.stop, actions_.use, actions_.showFolder},
      this);
  stack_ = new QStackedWidget(this);
  stack_->addWidget(form_);
  stack_->addWidget(view_);
  auto* splitter = new QSplitter(this);
  splitter->setChildrenCollapsible(false);
  splitter->setHandleWidth(14);
  splitter->addWidget(makeRunColumn());
  splitter->addWidget(stack_);
  splitter->setStretchFactor(0, 0);
  splitter->setStretchFactor(1, 1);
  splitter->setSizes({220, 900});
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(12, 10, 12, 12);
  column->setSpacing(8);
  column->addWidget(splitter, 1);
}

QWidget* TrainPage::makeRunColumn() {
  auto* panel = new QWidget(this);
  list_ = new QListView(panel);
  list_->setObjectName("runList");
  list_->setAccessibleName(tr("Runs"));
  list_->setModel(runs_);
  list_->setItemDelegate(new RunDelegate(list_));
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  empty_ = new QLabel(tr("No runs here yet. Start one, or open the folder of runs that were "
                         "started elsewhere."),
                      list_);
  empty_->setWordWrap(true);
  empty_->setAlignment(Qt::AlignCenter);
  empty_->setContentsMargins(12, 12, 12, 12);
  empty_->setForegroundRole(QPalette::PlaceholderText);
  auto* overlay = new QVBoxLayout(list_);
  overlay->addWidget(empty_);
  auto* column = new QVBoxLayout(panel);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  column->addWidget(heading(tr("Runs"), panel));
  column->addWidget(list_, 1);
  column->addWidget(buttonOf(actions_.newTraining, panel));
  panel->setMinimumWidth(180);
  return panel;
}

}  // namespace imago::gui

#include "gui/main_window.h"

#include <QActionGroup>
#include <QCloseEvent>
#include <QMenuBar>
#include <QMessageBox>
#include <QScreen>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QToolBar>

#include "gui/draw/draw_page.h"
#include "gui/guide.h"
#include "gui/library/library_page.h"
#include "gui/live/live_page.h"
#include "gui/playground/playground_page.h"
#include "gui/session/session.h"
#include "gui/session/session_live.h"
#include "gui/session/session_training.h"
#include "gui/train/train_page.h"
#include "gui/translate/translate_page.h"
#include "gui/widgets/icons.h"
#include "gui/widgets/palette.h"

namespace imago::gui {

namespace {
constexpr char kGeometryKey[] = "window/geometry";
constexpr int kMessageMs = 8000;
}  // namespace

MainWindow::MainWindow(const Dialogs& dialogs, QWidget* parent)
    : QMainWindow(parent),
      session_(new Session(this)),
      training_(new TrainingSession(this)),
      live_(new LiveSession(this)),
      drawPage_(new DrawPage(*session_, *live_, dialogs, this)),
      livePage_(new LivePage(*session_, dialogs, this)),
      playgroundPage_(new PlaygroundPage(*session_, dialogs, this)),
      libraryPage_(new LibraryPage(*session_, dialogs, this)),
      trainPage_(new TrainPage(*session_, *training_, dialogs, this)),
      translatePage_(new TranslatePage(*session_, dialogs, this)),
      stack_(new QStackedWidget(this)) {
  setWindowTitle(tr("Imago"));
  keepHintsReadable();
  stack_->addWidget(translatePage_);
  stack_->addWidget(trainPage_);
  stack_->addWidget(playgroundPage_);
  stack_->addWidget(drawPage_);
  stack_->addWidget(livePage_);
  stack_->addWidget(libraryPage_);
  setCentralWidget(stack_);
  setUnifiedTitleAndToolBarOnMac(true);
  setContextMenuPolicy(Qt::NoContextMenu);  // tool bars come and go with the pages
  statusBar();  // there from the beginning: it would move the rest when it first comes
  makePages();
  connectPages();
  showPage(*translatePage_);
  const QSize room = screen()->availableSize() - QSize(40, 60);  // for the window's frame
  resize(QSize(1440, 900).boundedTo(room));
  restoreGeometry(QSettings().value(kGeometryKey).toByteArray());
}

MainWindow::~MainWindow() {
  // Before the sessions that they refer to.
  delete libraryPage_;
  delete playgroundPage_;
  delete livePage_;
  delete drawPage_;
  delete trainPage_;
  delete translatePage_;
}

void MainWindow::makePages() {
  QToolBar* bar = addToolBar(tr("Pages"));
  auto* group = new QActionGroup(this);
  const auto choice = [&](const QWidget* page, Glyph glyph, const QString& text, Qt::Key key) {
    auto* choose = new QAction(icon(glyph), text, this);
    choose->setCheckable(true);
    choose->setShortcut(Qt::CTRL | key);
    group->addAction(choose);
    bar->addAction(choose);
    connect(choose, &QAction::triggered, this, [this, page] { showPage(*page); });
    return choose;
  };
  const auto add = [&](QWidget* page, Glyph glyph, const QString& text, Qt::Key key) {
    pages_.push_back({page, glyph, choice(page, glyph, text, key), nullptr, {}});
  };
  add(translatePage_, Glyph::translate, tr("&Translate"), Qt::Key_1);
  add(drawPage_, Glyph::draw, tr("&Draw"), Qt::Key_2);
  add(livePage_, Glyph::live, tr("&Live"), Qt::Key_3);
  add(trainPage_, Glyph::train, tr("T&rain"), Qt::Key_4);
  add(playgroundPage_, Glyph::playground, tr("&Playground"), Qt::Key_5);
  add(libraryPage_, Glyph::folder, tr("&Models"), Qt::Key_6);
  for (Page& page : pages_) page.bar = addToolBar(page.choose->iconText());
  for (auto* each : findChildren<QToolBar*>(Qt::FindDirectChildrenOnly)) {
    each->setMovable(false);
    each->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  }
  bar->addSeparator();
  makeTranslateMenus(pages_[0]);
  makeDrawMenus(pages_[1]);
  makeLiveMenus(pages_[2]);
  makeTrainMenus(pages_[3]);
  makePlaygroundMenus(pages_[4]);
  makeLibraryMenus(pages_[5]);
  QMenu* help = menuBar()->addMenu(tr("&Help"));
  help_ = help->menuAction();
  QAction* guide = help->addAction(tr("&Guide and Keys"), this, &MainWindow::openGuide);
  guide->setShortcut(QKeySequence::HelpContents);
  QAction* about = help->addAction(tr("&About Imago"), this, &MainWindow::showAbout);
  about->setMenuRole(QAction::AboutRole);
}

QMenu* MainWindow::addMenu(Page& page, const QString& title) {
  QMenu* menu = menuBar()->addMenu(title);
  page.menus.push_back(menu->menuAction());
  return menu;
}

void MainWindow::addQuit(QMenu& file) {
  file.addSeparator();
  QAction* quit = file.addAction(tr("&Quit"), this, &QWidget::close);
  quit->setShortcut(QKeySequence::Quit);
  quit->setMenuRole(QAction::QuitRole);
}

void MainWindow::addPages(QMenu& view) {
  for (const Page& page : pages_) view.addAction(page.choose);
}

void MainWindow::makeTranslateMenus(Page& page) {
  const TranslatePage::Actions& actions = translatePage_->actions();
  QMenu* file = addMenu(page, tr("&File"));
  file->addActions({actions.open, actions.openFolder, actions.lastList});
  file->addSeparator();
  file->addActions({actions.openModel, actions.modelFolder});
  file->addSeparator();
  file->addActions({actions.save, actions.saveAll});
  addQuit(*file);
  addMenu(page, tr("&Edit"))
      ->addActions({actions.undoRemove, actions.copy, actions.paste, actions.remove});
  QMenu* view = addMenu(page, tr("&View"));
  addPages(*view);
  view->addSeparator();
  view->addActions({actions.zoomIn, actions.zoomOut, actions.fit, actions.oneToOne});
  addMenu(page, tr("&Translate"))
      ->addActions({actions.translate, actions.translateAll, actions.retryFailed, actions.pause,
                    actions.cancel});

  page.bar->addActions({actions.open, actions.paste});
  page.bar->addSeparator();
  page.bar->addActions({actions.save, actions.saveAll});
}

void MainWindow::makeTrainMenus(Page& page) {
  const TrainPage::Actions& actions = trainPage_->actions();
  QMenu* file = addMenu(page, tr("&File"));
  file->addActions({actions.newTraining, actions.openRuns});
  file->addSeparator();
  file->addAction(actions.showFolder);
  addQuit(*file);
  addPages(*addMenu(page, tr("&View")));
  QMenu* train = addMenu(page, tr("&Train"));
  train->addActions({actions.start, actions.pause, actions.resume, actions.stop});
  train->addSeparator();
  train->addActions({actions.use, actions.study});

  page.bar->addActions({actions.newTraining, actions.openRuns});
}

void MainWindow::makePlaygroundMenus(Page& page) {
  const PlaygroundPage::Actions& actions = playgroundPage_->actions();
  QMenu* file = addMenu(page, tr("&File"));
  file->addActions({actions.open, actions.save, actions.picture, actions.record});
  addQuit(*file);
  addPages(*addMenu(page, tr("&View")));
  QMenu* run = addMenu(page, tr("&Run"));
  run->addActions({actions.run, actions.part, actions.step, actions.reset});
  run->addSeparator();
  run->addAction(actions.compare);

  page.bar->addActions({actions.open, actions.save, actions.picture, actions.record});
}

void MainWindow::makeLibraryMenus(Page& page) {
  const LibraryPage::Actions& actions = libraryPage_->actions();
  QMenu* file = addMenu(page, tr("&File"));
  file->addActions({actions.import, actions.exportFile});
  addQuit(*file);
  addPages(*addMenu(page, tr("&View")));
  addMenu(page, tr("&Model"))
      ->addActions({actions.use, actions.train, actions.measure, actions.study, actions.rename,
                    actions.remove});

  page.bar->addActions({actions.import, actions.exportFile});
}

void MainWindow::makeDrawMenus(Page& page) {
  const DrawPage::Actions& actions = drawPage_->actions();
  QMenu* file = addMenu(page, tr("&File"));
  file->addActions({actions.openPhoto, actions.openModel});
  file->addSeparator();
  file->addAction(actions.save);
  addQuit(*file);
  addMenu(page, tr("&Edit"))->addActions({actions.undo, actions.redo, actions.clear});
  addPages(*addMenu(page, tr("&View")));
  QMenu* draw = addMenu(page, tr("&Draw"));
  draw->addActions({actions.pen, actions.eraser, actions.line, actions.rectangle, actions.fill});
  draw->addSeparator();
  draw->addActions({actions.thinner, actions.thicker});
  draw->addSeparator();
  draw->addAction(actions.sketchPhoto);

  page.bar->addActions({actions.undo, actions.redo, actions.clear});
  page.bar->addSeparator();
  page.bar->addAction(actions.save);
}

void MainWindow::makeLiveMenus(Page& page) {
  const LivePage::Actions& actions = livePage_->actions();
  QMenu* file = addMenu(page, tr("&File"));
  file->addActions({actions.openFilm, actions.region, actions.openModel});
  file->addSeparator();
  file->addActions({actions.record, actions.save});
  addQuit(*file);
  QMenu* view = addMenu(page, tr("&View"));
  addPages(*view);
  view->addSeparator();
  view->addActions({actions.divided, actions.steady, actions.smooth});
  addMenu(page, tr("&Run"))->addActions({actions.play, actions.repeat});

  page.bar->addActions({actions.openFilm, actions.play, actions.record, actions.save});
}

void MainWindow::showPage(const QWidget& shown) {
  for (const Page& page : pages_) {
    const bool current = page.widget == &shown;
    if (current) setBadge(*page.widget, false);
    if (current) stack_->setCurrentWidget(page.widget);
    page.choose->setChecked(current);
    page.bar->setVisible(current);
    // A hidden menu would still claim its letter, and Alt with it would open neither.
    for (QAction* menu : page.menus) {
      if (current) {
        menuBar()->insertAction(help_, menu);
      } else {
        menuBar()->removeAction(menu);
      }
    }
  }
}

void MainWindow::setBadge(const QWidget& about, bool shown) {
  for (const Page& page : pages_) {
    if (page.widget == &about) page.choose->setIcon(icon(page.glyph, shown));
  }
}

void MainWindow::connectPages() {
  const auto tell = [this](const QString& text) { statusBar()->showMessage(text, kMessageMs); };
  connect(translatePage_, &TranslatePage::statusMessage, this, tell);
  connect(trainPage_, &TrainPage::statusMessage, this, tell);
  connect(playgroundPage_, &PlaygroundPage::statusMessage, this, tell);
  connect(drawPage_, &DrawPage::statusMessage, this, tell);
  connect(drawPage_, &DrawPage::closeRequested, this, &QWidget::close);
  connect(livePage_, &LivePage::statusMessage, this, tell);
  connect(livePage_, &LivePage::closeRequested, this, &QWidget::close);
  connect(translatePage_, &TranslatePage::closeRequested, this, &QWidget::close);
  connect(trainPage_, &TrainPage::closeRequested, this, &QWidget::close);
  connect(trainPage_, &TrainPage::modelAvailable, session_, &Session::readModel);
  connect(libraryPage_, &LibraryPage::statusMessage, this, tell);
  connect(libraryPage_, &LibraryPage::closeRequested, this, &QWidget::close);
  connect(libraryPage_, &LibraryPage::closingFailed, this, [this] { showPage(*libraryPage_); });
  connect(libraryPage_, &LibraryPage::useRequested, this, [this](const QString& model) {
    translatePage_->openPaths({model});
    showPage(*translatePage_);
  });
  const auto trainFrom = [this](const QString& model) {
    trainPage_->trainFrom(model);
    showPage(*trainPage_);
  };
  connect(translatePage_, &TranslatePage::trainRequested, this, trainFrom);
  connect(libraryPage_, &LibraryPage::trainRequested, this, trainFrom);
  connect(trainPage_, &TrainPage::ended, this, [this] {
    if (!trainPage_->isVisible()) setBadge(*trainPage_, true);
  });
  connect(trainPage_, &TrainPage::useRequested, this, [this](const QString& model) {
    translatePage_->openPaths({model});
    showPage(*translatePage_);
  });
}

void MainWindow::openGuide() {
  QList<GuideKeys> keys = {{tr("Everywhere"), {}}};
  for (const Page& page : pages_) {
    keys.first().actions.append(page.choose);
    keys.append({page.choose->iconText(), page.widget->actions()});
  }
  showGuide(this, keys);
}

void MainWindow::showAbout() {
  QMessageBox::about(
      this, tr("About Imago"),
      tr("<h3>Imago %1</h3><p>Translates images with GANs on any GPU, and trains "
         "them.</p><p>Everything is computed on this computer; no picture leaves "
         "it.</p><p>The source is under the Apache License 2.0. This program is built "
         "with exiv2 and Qt Charts and is distributed under the GNU General Public "
         "License, version 3.</p>")
          .arg(IMAGO_VERSION));
}

void MainWindow::changeEvent(QEvent* event) {
  QMainWindow::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) keepHintsReadable();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  // A model's file is waited for without a word. Then the Translate page: it may ask, and training
  // goes on while nobody has answered.
  if (!libraryPage_->mayClose() || !translatePage_->mayClose() || !drawPage_->mayClose() ||
      !livePage_->mayClose() || !trainPage_->mayClose()) {
    event->ignore();
    return;
  }
  QSettings().setValue(kGeometryKey, saveGeometry());
  event->accept();
}

}  // namespace imago::gui

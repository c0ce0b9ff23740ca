#include "gui/main_window.h"

#include <QCloseEvent>
#include <QMenuBar>
#include <QMessageBox>
#include <QSettings>
#include <QStatusBar>
#include <QToolBar>

#include "gui/session.h"
#include "gui/translate_page.h"

namespace imago::gui {

namespace {
constexpr char kGeometryKey[] = "window/geometry";
constexpr int kMessageMs = 8000;
}  // namespace

MainWindow::MainWindow(const Dialogs& dialogs, QWidget* parent)
    : QMainWindow(parent),
      session_(new Session(this)),
      translatePage_(new TranslatePage(*session_, dialogs, this)) {
  setWindowTitle(tr("Imago"));
  setCentralWidget(translatePage_);
  setUnifiedTitleAndToolBarOnMac(true);
  makeMenus();
  makeToolBar();
  connect(translatePage_, &TranslatePage::statusMessage, this,
          [this](const QString& text) { statusBar()->showMessage(text, kMessageMs); });
  connect(translatePage_, &TranslatePage::closeRequested, this, &QWidget::close);
  resize(1200, 760);
  restoreGeometry(QSettings().value(kGeometryKey).toByteArray());
}

MainWindow::~MainWindow() {
  delete translatePage_;  // before the session that it refers to
}

void MainWindow::makeMenus() {
  const TranslatePage::Actions& actions = translatePage_->actions();
  QMenu* file = menuBar()->addMenu(tr("&File"));
  file->addActions({actions.open, actions.openFolder});
  file->addSeparator();
  file->addActions({actions.openModel, actions.modelFolder});
  file->addSeparator();
  file->addActions({actions.save, actions.saveAll});
  file->addSeparator();
  QAction* quit = file->addAction(tr("&Quit"), this, &QWidget::close);
  quit->setShortcut(QKeySequence::Quit);
  quit->setMenuRole(QAction::QuitRole);

  menuBar()->addMenu(tr("&Edit"))->addActions({actions.copy, actions.paste, actions.remove});
  QMenu* view = menuBar()->addMenu(tr("&View"));
  view->addActions({actions.zoomIn, actions.zoomOut, actions.fit, actions.oneToOne});
  menuBar()
      ->addMenu(tr("&Translate"))
      ->addActions({actions.translate, actions.translateAll, actions.cancel});
  QAction* about =
      menuBar()->addMenu(tr("&Help"))->addAction(tr("&About Imago"), this, &MainWindow::showAbout);
  about->setMenuRole(QAction::AboutRole);
}

void MainWindow::makeToolBar() {
  const TranslatePage::Actions& actions = translatePage_->actions();
  QToolBar* bar = addToolBar(tr("Tool Bar"));
  bar->setObjectName("toolBar");
  bar->setMovable(false);
  bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  bar->addActions({actions.open, actions.paste});
  bar->addSeparator();
  bar->addActions({actions.save, actions.saveAll});
}

void MainWindow::showAbout() {
  QMessageBox::about(this, tr("About Imago"),
                     tr("<h3>Imago %1</h3><p>Translates images with GANs on any GPU.</p>"
                        "<p>Everything is computed on this computer; no picture leaves it.</p>")
                         .arg(IMAGO_VERSION));
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (!translatePage_->mayClose()) {
    event->ignore();
    return;
  }
  QSettings().setValue(kGeometryKey, saveGeometry());
  event->accept();
}

}  // namespace imago::gui

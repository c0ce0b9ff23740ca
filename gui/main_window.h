// The window: menus, tool bar, status bar, and the pages Translate, Draw, Live, Train, Playground
// and Models.
#pragma once

#include <QMainWindow>

#include <vector>

#include "gui/widgets/dialogs.h"
#include "gui/widgets/icons.h"

class QMenu;
class QStackedWidget;
class QToolBar;

namespace imago::gui {

class PlaygroundPage;
class DrawPage;
class LibraryPage;
class LivePage;
class LiveSession;
class Session;
class TrainPage;
class TrainingSession;
class TranslatePage;

class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  explicit MainWindow(const Dialogs& dialogs = Dialogs::native(), QWidget* parent = nullptr);
  ~MainWindow() override;

  TranslatePage& translatePage() const { return *translatePage_; }
  TrainPage& trainPage() const { return *trainPage_; }
  PlaygroundPage& playgroundPage() const { return *playgroundPage_; }
  LibraryPage& libraryPage() const { return *libraryPage_; }
  DrawPage& drawPage() const { return *drawPage_; }
  LivePage& livePage() const { return *livePage_; }
  void showPage(const QWidget& page);

 protected:
  void changeEvent(QEvent* event) override;
  void closeEvent(QCloseEvent* event) override;

 private:
  /// A page, and the parts of the window that are there only while it is shown.
  struct Page {
    QWidget* widget = nullptr;
    Glyph glyph = Glyph::translate;
    QAction* choose = nullptr;
    QToolBar* bar = nullptr;
    std::vector<QAction*> menus;
  };

  void makePages();
  void makeTranslateMenus(Page& page);
  void makeTrainMenus(Page& page);
  void makePlaygroundMenus(Page& page);
  void makeDrawMenus(Page& page);
  void makeLibraryMenus(Page& page);
  void makeLiveMenus(Page& page);
  void addPages(QMenu& view);
  QMenu* addMenu(Page& page, const QString& title);
  void addQuit(QMenu& file);
  void connectPages();
  /// A dot at the page's button, which goes when the page is looked at.
  void setBadge(const QWidget& page, bool shown);
  void openGuide();
  void showAbout();

  // Children, made before the pages and gone after them.
  Session* session_;
  TrainingSession* training_;
  LiveSession* live_;
  // Before the page that asks for models and devices: they hear the answers.
  DrawPage* drawPage_;
  LivePage* livePage_;
  PlaygroundPage* playgroundPage_;
  LibraryPage* libraryPage_;
  TrainPage* trainPage_;
  TranslatePage* translatePage_;
  QStackedWidget* stack_;
  QAction* help_ = nullptr;  // the menu that stays, the last one
  std::vector<Page> pages_;
};

}  // namespace imago::gui

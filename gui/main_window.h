// The window: menus, tool bar, status bar, and the pages.
#pragma once

#include <QMainWindow>

#include "gui/dialogs.h"

namespace imago::gui {

class Session;
class TranslatePage;

class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  explicit MainWindow(const Dialogs& dialogs = Dialogs::native(), QWidget* parent = nullptr);
  ~MainWindow() override;

  TranslatePage& translatePage() const { return *translatePage_; }

 protected:
  void closeEvent(QCloseEvent* event) override;

 private:
  void makeMenus();
  void makeToolBar();
  void showAbout();

  Session* session_;  // a child, made before the pages and gone after them
  TranslatePage* translatePage_;
};

}  // namespace imago::gui

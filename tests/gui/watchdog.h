// How long the thread of the widgets is kept from answering.
#pragma once

#include <QApplication>

namespace imago::gui {

/// Measures how long each event takes that the event loop hands out, without the time in which the
/// thread was ready and the system let others run (Linux's schedstat; where there is none, with
/// it).
class WatchedApplication : public QApplication {
 public:
  using QApplication::QApplication;

  static WatchedApplication& instance() { return *static_cast<WatchedApplication*>(qApp); }
  void watch();
  /// Milliseconds that the longest event since watch() took; ends watching.
  double longest();
  /// What that event was, for whoever looks why.
  QString longestEvent() const { return what_; }

  bool notify(QObject* receiver, QEvent* event) override;

 private:
  bool watching_ = false, inside_ = false;
  double longest_ = 0;
  QString what_;
};

}  // namespace imago::gui

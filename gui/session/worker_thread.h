// A thread of a session.
#pragma once

#include <QObject>
#include <QThread>
#include <memory>

namespace imago::gui {

/// A thread that does one kind of work in the order it was asked for.
class WorkerThread {
 public:
  WorkerThread();
  /// Finishes what was posted, then joins.
  ~WorkerThread();
  template <typename Work>
  void post(Work&& work) {
    QMetaObject::invokeMethod(context_.get(), std::forward<Work>(work), Qt::QueuedConnection);
  }

 private:
  QThread thread_;
  std::unique_ptr<QObject> context_;  // lives on thread_
};

}  // namespace imago::gui

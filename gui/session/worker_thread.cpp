#include "gui/session/worker_thread.h"

namespace imago::gui {

WorkerThread::WorkerThread() : context_(std::make_unique<QObject>()) {
  context_->moveToThread(&thread_);
  thread_.start();
}

WorkerThread::~WorkerThread() {
  post([this] { thread_.quit(); });
  thread_.wait();
}

}  // namespace imago::gui

#include "gui/session/worker_thread.h"

namespace imago::gui {

Lane::Lane() : context_(std::make_unique<QObject>()) {
  context_->moveToThread(&thread_);
  thread_.start();
}

Lane::~Lane() {
  post([this] { thread_.quit(); });
  thread_.wait();
}

}  // namespace imago::gui

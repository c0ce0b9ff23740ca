#include "tests/gui/watchdog.h"

#include <QEvent>
#include <QMetaEnum>
#include <QThread>
#include <chrono>
#include <fstream>

namespace imago::gui {

namespace {

/// Milliseconds in which this thread could have run and did not; 0 where the system does not tell.
double waited() {
  std::ifstream file("/proc/thread-self/schedstat");
  double ran = 0, waited = 0;
  return file >> ran >> waited ? waited / 1e6 : 0;
}

double now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double, std::milli>(since).count();
}

}  // namespace

void WatchedApplication::watch() {
  watching_ = true;
  longest_ = 0;
  what_.clear();
}

double WatchedApplication::longest() {
  watching_ = false;
  return longest_;
}

bool WatchedApplication::notify(QObject* receiver, QEvent* event) {
  // Other threads' event loops come through here as well.
  if (QThread::currentThread() != thread() || !watching_ || inside_)
    return QApplication::notify(receiver, event);
  inside_ = true;
  const auto type = event->type();
  const char* of = receiver->metaObject()->className();
  const double waitedBefore = waited(), begin = now();
  const bool result = QApplication::notify(receiver, event);
  const double took = now() - begin - (waited() - waitedBefore);
  inside_ = false;
  if (took > longest_) {
    longest_ = took;
    what_ = QString("%1 of %2").arg(QMetaEnum::fromType<QEvent::Type>().valueToKey(type), of);
  }
  return result;
}

}  // namespace imago::gui

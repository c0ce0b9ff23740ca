#include "compute/base/tuning_watch.h"

#include <utility>

namespace imago {
namespace {
thread_local TuningWatch* last_watch = nullptr;
}  // namespace

TuningWatch::TuningWatch(Told told)
    : told_(std::move(told)), before_(std::exchange(last_watch, this)) {}

TuningWatch::~TuningWatch() { last_watch = before_; }

void TuningWatch::tell(int chosen, int of) {
  if (last_watch) last_watch->told_(chosen, of);
}

}  // namespace imago

// How long steps take, and how long the rest will.
#pragma once

#include <chrono>
#include <optional>

#include "models/training/train.h"

namespace imago {

class StepClock {
 public:
  void begin_step() { begin_ = Clock::now(); }
  void data_ready() { data_ += Clock::now() - begin_; }
  /// `busy`: the seconds in which the device worked at it, where that is known.
  void end_step(std::optional<double> busy) {
    all_ += Clock::now() - begin_;
    ++steps_;
    if (busy) device_seconds_ += *busy;
    knows_device_ = busy.has_value();
  }

  /// Fills in the times since the last report, and starts anew.
  void report(TrainingProgress& progress) {
    if (steps_ > 0) {
      progress.milliseconds = all_.count() / static_cast<double>(steps_);
      progress.data_milliseconds = data_.count() / static_cast<double>(steps_);
      progress.device_milliseconds.reset();
      if (knows_device_)
        progress.device_milliseconds = device_seconds_ * 1e3 / static_cast<double>(steps_);
    }
    progress.seconds_left =
        static_cast<double>(progress.steps - progress.step) * progress.milliseconds / 1000;
    all_ = data_ = {};
    device_seconds_ = 0;
    steps_ = 0;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_;
  std::chrono::duration<double, std::milli> all_{}, data_{};  // since the last report
  double device_seconds_ = 0;
  bool knows_device_ = false;
  int64_t steps_ = 0;
};

}  // namespace imago

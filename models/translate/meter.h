// How far along a picture is. Internal to models/translate.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>

#include "compute/base/error.h"

namespace imago {

/// Tells how far along a picture is that takes several passes of several runs, and whether to stop.
class Meter {
 public:
  Meter(const std::function<bool(double)>& callback, int passes)
      : callback_(callback), passes_(passes) {}

  /// A pass begins, perhaps once more with smaller tiles.
  void begin_pass(int pass, size_t runs) {
    pass_ = pass;
    run_ = 0;
    runs_ = static_cast<double>(runs);
    report(0);
    stop_if_cancelled();
  }

  void end_run() {
    ++run_;
    stop_if_cancelled();
  }

  /// False where the run should stop.
  bool report(double share_of_run) {
    if (!callback_ || cancelled_) return !cancelled_;
    // A pass that begins once more does not take back what was told.
    furthest_ = std::clamp((pass_ + (run_ + share_of_run) / runs_) / passes_, furthest_, 1.0);
    cancelled_ = !callback_(furthest_);
    return !cancelled_;
  }

 private:
  void stop_if_cancelled() const {
    if (cancelled_) throw Cancelled();
  }

  const std::function<bool(double)>& callback_;
  double passes_, pass_ = 0, runs_ = 1, run_ = 0;
  double furthest_ = 0;
  bool cancelled_ = false;
};

}  // namespace imago

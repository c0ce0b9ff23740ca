// Two timestamps around recorded commands, by the device's own clock.
#pragma once

#include <span>

#include "compute/vk/device_impl.h"

namespace imago {

/// Made for one command buffer; readable once that was executed. On a queue without a clock
/// nothing is recorded.
class Stopwatch {
 public:
  explicit Stopwatch(Device::Impl& device);

  /// Records the first timestamp; it is written before any later command begins.
  void begin(const vk::raii::CommandBuffer& commands) const;
  /// Records the second; it is written when all earlier commands have ended.
  void end(const vk::raii::CommandBuffer& commands) const;

  /// Seconds between the two.
  double seconds() const;

  /// Seconds in which at least one of the stopwatches was between its two timestamps. All must have
  /// begun after the first of them and within the clock's period (minutes at least).
  static double seconds_of_any(std::span<const Stopwatch* const> stopwatches);

 private:
  struct Interval {
    uint64_t begin, end;
  };
  Interval read() const;

  Device::Impl* device_;
  vk::raii::QueryPool pool_ = nullptr;
};

}  // namespace imago

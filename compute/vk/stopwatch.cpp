#include "compute/vk/stopwatch.h"

#include <algorithm>

namespace imago {

Stopwatch::Stopwatch(Device::Impl& device) : device_(&device) {
  if (device.clock.mask == 0) return;
  pool_ =
      vk::raii::QueryPool(device.device, vk::QueryPoolCreateInfo({}, vk::QueryType::eTimestamp, 2));
}

void Stopwatch::begin(const vk::raii::CommandBuffer& commands) const {
  if (!*pool_) return;
  commands.resetQueryPool(*pool_, 0, 2);
  commands.writeTimestamp(vk::PipelineStageFlagBits::eTopOfPipe, *pool_, 0);
}

void Stopwatch::end(const vk::raii::CommandBuffer& commands) const {
  if (!*pool_) return;
  commands.writeTimestamp(vk::PipelineStageFlagBits::eBottomOfPipe, *pool_, 1);
}

Stopwatch::Interval Stopwatch::read() const {
  const auto [result, ticks] =
      pool_.getResults<uint64_t>(0, 2, 2 * sizeof(uint64_t), sizeof(uint64_t),
                                 vk::QueryResultFlagBits::e64 | vk::QueryResultFlagBits::eWait);
  return {ticks[0], ticks[1]};
}

double Stopwatch::seconds() const {
  const Stopwatch* const alone[] = {this};
  return seconds_of_any(alone);
}

double Stopwatch::seconds_of_any(std::span<const Stopwatch* const> stopwatches) {
  if (stopwatches.empty()) return 0;
  const Device::Impl::Clock& clock = stopwatches[0]->device_->clock;
  uint64_t busy = 0, reached = 0;  // ticks since the first timestamp of the first
  uint64_t first = 0;
  for (const Stopwatch* stopwatch : stopwatches) {
    const Interval interval = stopwatch->read();
    if (stopwatch == stopwatches[0]) first = interval.begin;
    // The clock may have fewer bits than the result and start again at 0.
    const uint64_t begin = (interval.begin - first) & clock.mask;
    const uint64_t end = (interval.end - first) & clock.mask;
    busy += end - std::clamp(reached, begin, std::max(begin, end));
    reached = std::max(reached, end);
  }
  return static_cast<double>(busy) * clock.tick_seconds;
}

}  // namespace imago

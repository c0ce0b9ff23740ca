// Recording dispatches with the barriers they need.
#pragma once

#include <functional>
#include <list>
#include <vector>

#include "compute/vk/device_impl.h"

namespace imago {

/// Byte range of one of a program's buffers.
struct Range {
  VkBuffer buffer;
  uint64_t begin, end;
  NumberType type = NumberType::fp32;
  bool overlaps(const Range& other) const {
    return buffer == other.buffer && begin < other.end && other.begin < end;
  }
};

/// Remembers what was read and written since the last barrier. Memory is planned with aliasing, so
/// write-after-read is as real as read-after-write.
class Hazards {
 public:
  /// True if a barrier must come before this access: it reads what was written, or writes what was
  /// read or written.
  bool conflicts(const Range& range, bool written) const;
  /// Remembers an access.
  void note(const Range& range, bool written);
  /// Forgets all of them: after a barrier.
  void clear();

 private:
  std::vector<Range> reads_, writes_;
};

/// Where each value of a plan lies.
using Locate = std::function<Range(const Binding&)>;

/// Records dispatches into command buffers; owns the descriptor sets and texel views they use.
class Recorder {
 public:
  Recorder(Device::Impl& device, Locate locate) : device_(device), locate_(std::move(locate)) {}

  /// Makes the pipelines and room for the descriptor sets of these dispatches.
  void reserve(const std::vector<Dispatch>& dispatches);

  /// Records one dispatch, preceded by a barrier where its ranges need one.
  void record(const vk::raii::CommandBuffer& commands, const Dispatch& dispatch);

  /// Makes everything written so far visible to everything that follows, transfers and host
  /// included.
  void full_barrier(const vk::raii::CommandBuffer& commands);

 private:
  vk::raii::DescriptorSet make_set(const Kernel& kernel, const Dispatch& dispatch,
                                   const std::vector<Range>& ranges);

  Device::Impl& device_;
  Locate locate_;
  Hazards hazards_;
  std::list<vk::raii::DescriptorPool> pools_;
  std::vector<vk::raii::DescriptorSet> sets_;
  std::vector<vk::raii::BufferView> views_;
};

}  // namespace imago

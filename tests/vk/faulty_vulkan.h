// A Vulkan loader that fails when told to: it wraps the real one and counts.
#pragma once

#include <vulkan/vulkan.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace imago {

/// What shall go wrong from now on.
struct Faults {
  int64_t call = 0;  // this fallible call, counted from 1, returns `error`; 0: none does
  VkResult error = VK_ERROR_OUT_OF_DEVICE_MEMORY;
  bool for_good = false;  // and so do all after it
  /// vkAllocateMemory refuses more bytes than this at once.
  VkDeviceSize largest_allocation = ~VkDeviceSize{0};
  /// Device-local heaps of at most this size, of which what is allocated is used.
  VkDeviceSize heap = ~VkDeviceSize{0};
  int64_t skipped_dispatch = 0;    // this vkCmdDispatch, counted from 1, does nothing; 0: none
  int64_t hanging_submission = 0;  // the fence of this one, counted from 1, is never signalled
};

/// What happened since `set_faults`.
struct Observed {
  int64_t calls = 0;  // fallible ones
  int64_t dispatches = 0, submissions = 0;
  int64_t idle_waits = 0;               // vkQueueWaitIdle, which has no limit
  VkDeviceSize largest_allocation = 0;  // of those that succeeded
  VkDeviceSize memory = 0;              // allocated and not freed. Not reset
  VkDeviceSize most_memory = 0;         // at once
  std::string failed_call;              // the first that was made to fail
  size_t pipeline_cache_bytes = 0;      // what the last vkCreatePipelineCache was given
  /// Objects made and not destroyed, by the name of the call that makes them. Not reset.
  std::map<std::string, int64_t> alive;
  /// Calls that destroyed something while submitted work could still be using it.
  std::set<std::string> destroyed_too_early;
};

void set_faults(const Faults& faults);
const Observed& observed();
/// What lives counts no longer, nor what is under way: it was left to a device that hangs.
void forget_what_lives();

/// For DeviceOptions::get_instance_proc_addr. One device at a time.
void* faulty_get_instance_proc_addr();

}  // namespace imago

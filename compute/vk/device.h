// A Vulkan device that can compute.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace imago {

/// What a device said about itself. Limits are asked, never assumed.
struct DeviceProperties {
  enum class Kind { discrete, integrated, virtual_gpu, cpu, other };

  int index = 0;  // place in enumerate_devices
  std::string name;
  Kind kind = Kind::other;
  std::string driver_name, driver_info;
  uint32_t driver_version = 0, vendor_id = 0, device_id = 0;
  uint32_t api_version = 0;
  std::string uuid;  // hexadecimal; names files in the cache

  uint64_t heap_bytes = 0;            // largest device-local heap
  uint64_t max_allocation_bytes = 0;  // one vkAllocateMemory
  uint64_t max_storage_range = 0;     // one storage-buffer binding
  uint64_t max_uniform_range = 0;
  uint64_t max_texel_elements = 0;
  uint32_t storage_alignment = 256;  // for every kind of buffer binding
  uint32_t max_groups[3] = {};
  uint32_t max_group_size[3] = {};
  uint32_t max_group_invocations = 0;
  uint32_t shared_memory_bytes = 0;
  uint32_t subgroup_size = 0;
  /// Kernels can hand numbers from lane to lane (shaders/include/lanes.glsl): SHUFFLE and BALLOT of
  /// VkSubgroupFeatureFlagBits in compute, and Vulkan 1.2.
  bool subgroup_lanes = false;
  bool subgroup_broadcasts = false;  // …and do so faster by subgroupBroadcast than subgroupShuffle
  bool subgroup_arithmetic = false;  // VK_SUBGROUP_FEATURE_ARITHMETIC_BIT in compute
  bool storage_16bit = false;  // storage buffers and texels of fp16; enabled where there are any

  /// Sizes of matrices that a subgroup multiplies as one, {m, k} by {k, n} of fp16 added to {m, n}
  /// of fp32 (VK_KHR_cooperative_matrix); enabled where there are any.
  struct MatrixShape {
    uint32_t m = 0, n = 0, k = 0;
    auto operator<=>(const MatrixShape&) const = default;
  };
  std::vector<MatrixShape> matrix_shapes;
  uint32_t least_subgroup_size = 0;  // those of kernels with such matrices have any size from this
  uint32_t most_subgroup_size = 0;   // to this
  /// The golden tile came out right with them (golden_check_half): until then no plan uses them.
  bool trusts_matrices = false;
};

const char* to_string(DeviceProperties::Kind kind);

/// "1.3.224"
std::string version_string(uint32_t vulkan_version);

/// All devices with Vulkan ≥ 1.1 and a compute queue, best first: discrete, integrated, virtual,
/// CPU, other; then as the loader lists them. Empty where no driver is installed.
std::vector<DeviceProperties> enumerate_devices();

struct DeviceOptions {
  /// Khronos validation layer with synchronization validation; its first message ends the process,
  /// so that no test can pass over one. Also switched on by IMAGO_VALIDATION=1 in the environment.
  bool validation = false;
  /// A replacement for the loader's vkGetInstanceProcAddr (a PFN_vkGetInstanceProcAddr), through
  /// which tests make Vulkan calls fail.
  void* get_instance_proc_addr = nullptr;
  /// Keep compiled pipelines on disk (cache_folder() in cache.h).
  bool pipeline_cache = true;
  /// How long one submission is meant to take at most, by the estimated cost of its dispatches. A
  /// single dispatch is never cut, so that 0 gives each its own submission.
  double submission_seconds = 0.25;
  /// A device that works on one submission for longer is taken to hang and given up with a
  /// DeviceError. Time in which this process did not run (Ctrl-Z, a suspended machine or container)
  /// does not count. IMAGO_PATIENCE in the environment, in seconds, comes first.
  double patience_seconds = 600;
  /// Mesa's CPU driver is to start no threads of its own, unless LP_NUM_THREADS in the environment
  /// says how many. See for_short_work.
  bool without_threads = false;
  /// Changes what the device says of itself before anybody reads it, such as its largest
  /// allocation; never beyond what it can do. For tests.
  std::function<void(DeviceProperties&)> adapt;
};

/// Owns instance, device, one compute queue and the pipelines made so far. Not thread-safe.
class Device {
 public:
  /// `which`: an index or a part of a name (case-insensitive) as enumerate_devices gives them;
  /// empty: the first. Throws DeviceError, listing the devices there are.
  explicit Device(const std::string& which = "", const DeviceOptions& options = {});
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const DeviceProperties& properties() const;

  /// This device for work whose dispatches are over before a sleeping thread has woken up, some 50
  /// µs: of Mesa's CPU driver a second one, opened at the first call, that has no threads of its
  /// own; any other is the same for all work. It lives as long as this one. Throws DeviceError.
  Device& for_short_work();

  /// Bytes that can be expected to be free for us: VK_EXT_memory_budget where there is one,
  /// otherwise the heap less what we hold.
  uint64_t free_memory() const;

  /// Bytes of Vulkan memory we hold, of all kinds, host-visible memory for transfers included.
  uint64_t used_memory() const;
  /// The most of them at once since the device was opened or `reset_peak_memory` was called.
  uint64_t peak_memory() const;
  void reset_peak_memory();

  /// Estimated rate of convolutions in FLOP/s: a guess by kind at first, measured by every run.
  double flops_per_second() const;

  /// Writes the pipeline cache now rather than at destruction.
  void save_pipeline_cache();

  struct Impl;
  Impl& impl() const { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace imago

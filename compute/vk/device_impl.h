// The inside of Device, shared by the files of this folder.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "compute/plan/lowering.h"
#include "compute/vk/cooperative_matrix.h"
#include "compute/vk/device.h"
#include "compute/vk/kernel_info.h"
#include "compute/vk/vulkan.h"

namespace imago {

/// Bytes of Vulkan memory that are held.
struct MemoryUse {
  uint64_t now = 0, peak = 0;
};

/// Counts an allocation for as long as it lives; move-only.
class CountedMemory {
 public:
  CountedMemory() = default;
  CountedMemory(MemoryUse& use, uint64_t bytes) : use_(&use), bytes_(bytes) {
    use.now += bytes;
    use.peak = std::max(use.peak, use.now);
  }
  ~CountedMemory() {
    if (use_) use_->now -= bytes_;
  }
  CountedMemory(CountedMemory&& other) noexcept
      : use_(std::exchange(other.use_, nullptr)), bytes_(other.bytes_) {}
  CountedMemory& operator=(CountedMemory&& other) noexcept {
    std::swap(use_, other.use_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }

 private:
  MemoryUse* use_ = nullptr;
  uint64_t bytes_ = 0;
};

/// Device memory with a buffer over all of it; move-only. `mapped` is null unless host-visible.
struct Buffer {
  static constexpr int64_t kLeastBytes = 256;

  CountedMemory counted;
  vk::raii::DeviceMemory memory = nullptr;
  vk::raii::Buffer buffer = nullptr;
  uint64_t bytes = 0;
  std::byte* mapped = nullptr;
};

/// One specialised pipeline and the interface its SPIR-V declares.
struct Kernel {
  const KernelInfo* info = nullptr;
  vk::raii::DescriptorSetLayout set_layout = nullptr;
  vk::raii::PipelineLayout layout = nullptr;
  vk::raii::Pipeline pipeline = nullptr;
};

struct Device::Impl {
  DeviceProperties properties;
  vk::raii::Context context;
  DeviceOptions options;  // that it was opened with
  vk::raii::Instance instance = nullptr;
  vk::raii::DebugUtilsMessengerEXT messenger = nullptr;
  vk::raii::PhysicalDevice physical = nullptr;
  vk::raii::Device device = nullptr;
  vk::raii::Queue queue = nullptr;
  uint32_t queue_family = 0;
  vk::raii::CommandPool command_pool = nullptr;
  vk::raii::PipelineCache pipeline_cache = nullptr;
  size_t saved_cache_bytes = 0;
  bool keeps_cache = false;
  bool has_memory_budget = false;
  struct Clock {  // of the queue's timestamps
    double tick_seconds = 0;
    uint64_t mask = 0;  // the bits that count; 0: there is no clock
  };
  Clock clock;
  MemoryUse memory_use;
  double flops_per_second = 0;
  double submission_seconds = 0, patience_seconds = 0;
  bool given_up = false;  // it hangs: nothing it may still use is ever destroyed
  std::map<std::pair<std::string, Constants>, std::unique_ptr<Kernel>> kernels;
  std::unique_ptr<Device> for_short_work;
  std::optional<TuningTable> tuning;  // all choices known (tune.h); none: not yet read

  explicit Impl(const DeviceOptions& opened_with);

  enum class Place { device, host };
  /// Memory for any use a program has. Throws OutOfMemory.
  Buffer make_buffer(uint64_t bytes, Place place);

  /// The pipeline of a dispatch, made on first use.
  const Kernel& kernel(const Dispatch& dispatch);

  /// Submits recorded commands and returns the fence to wait for.
  vk::raii::Fence submit(const vk::raii::CommandBuffer& commands);
  /// Throws DeviceError where the device hangs, and gives it up.
  void wait(const vk::raii::Fence& fence);
  /// Waits until nothing of what was submitted with these fences is under way, whatever became of
  /// it. A device that was lost or given up counts as done.
  void wait_for_end(std::span<const vk::raii::Fence> fences) noexcept;
  /// Submits and waits. Nothing is under way any more when it returns or throws, so that whatever
  /// the commands use may be destroyed.
  void run(const vk::raii::CommandBuffer& commands);

  /// From here on nothing of this device is destroyed: what hangs may still use it, and drivers
  /// wait without limit before they destroy what is in use.
  void give_up();
};

/// The instance for listing and using devices, with the layers that `options` ask for.
vk::raii::Instance make_instance(vk::raii::Context& context, bool validation);
bool wants_validation(const DeviceOptions& options);

/// What kernels with cooperative matrices need of a device, to be asked for and enabled; the
/// structures are a chain.
struct MatrixFeatures {
  vk::PhysicalDeviceShaderFloat16Int8Features float16;
  vk::PhysicalDeviceVulkanMemoryModelFeatures memory_model;  // once enabled, for all kernels
  vk::PhysicalDeviceSubgroupSizeControlFeatures subgroups;
  VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrices = {};

  void* chain() {
    matrices.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR;
    subgroups.pNext = &matrices;
    memory_model.pNext = &subgroups;
    float16.pNext = &memory_model;
    return &float16;
  }
  void enable() {
    float16.shaderFloat16 = memory_model.vulkanMemoryModel = VK_TRUE;
    memory_model.vulkanMemoryModelDeviceScope = VK_TRUE;
    subgroups.subgroupSizeControl = subgroups.computeFullSubgroups = VK_TRUE;
    matrices.cooperativeMatrix = VK_TRUE;
  }
  bool all() const {
    return float16.shaderFloat16 && memory_model.vulkanMemoryModel &&
           memory_model.vulkanMemoryModelDeviceScope && subgroups.subgroupSizeControl &&
           subgroups.computeFullSubgroups && matrices.cooperativeMatrix;
  }
};

DeviceProperties query_properties(const vk::raii::Instance& instance,
                                  const vk::raii::PhysicalDevice& physical);
std::optional<uint32_t> compute_queue_family(const vk::raii::PhysicalDevice& physical);
/// Whether this process is told by IMAGO_PATIENCE how long to wait; else `otherwise`.
double patience_seconds(double otherwise);

/// The bytes of a pipeline cache file that this very device and driver wrote, or nothing: size,
/// checksum, vendor, device, driver and UUID are compared before the driver sees a byte.
std::vector<std::byte> load_pipeline_cache(const DeviceProperties& properties);
void store_pipeline_cache(const DeviceProperties& properties, std::span<const uint8_t> data);

}  // namespace imago

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "compute/vk/cooperative_matrix.h"
#include "compute/vk/device_impl.h"
#include "compute/vk/queue_family.h"

namespace imago {
namespace {

DeviceProperties::Kind kind_of(vk::PhysicalDeviceType type) {
  using Kind = DeviceProperties::Kind;
  switch (type) {
    case vk::PhysicalDeviceType::eDiscreteGpu:
      return Kind::discrete;
    case vk::PhysicalDeviceType::eIntegratedGpu:
      return Kind::integrated;
    case vk::PhysicalDeviceType::eVirtualGpu:
      return Kind::virtual_gpu;
    case vk::PhysicalDeviceType::eCpu:
      return Kind::cpu;
    default:
      return Kind::other;
  }
}

std::string hexadecimal(const uint8_t* bytes, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    char pair[3];
    std::snprintf(pair, sizeof(pair), "%02x", bytes[i]);
    text += pair;
  }
  return text;
}

void copy_limits(const vk::PhysicalDeviceLimits& limits, DeviceProperties& to) {
  to.max_storage_range = limits.maxStorageBufferRange;
  to.max_uniform_range = limits.maxUniformBufferRange;
  to.max_texel_elements = limits.maxTexelBufferElements;
  to.storage_alignment = static_cast<uint32_t>(
      std::max({limits.minStorageBufferOffsetAlignment, limits.minUniformBufferOffsetAlignment,
                limits.minTexelBufferOffsetAlignment}));
  for (size_t i = 0; i < 3; ++i) {
    to.max_groups[i] = limits.maxComputeWorkGroupCount[i];
    to.max_group_size[i] = limits.maxComputeWorkGroupSize[i];
  }
  to.max_group_invocations = limits.maxComputeWorkGroupInvocations;
  to.shared_memory_bytes = limits.maxComputeSharedMemorySize;
}

bool stores_16bit(const vk::raii::PhysicalDevice& physical) {
  const auto features =
      physical.getFeatures2<vk::PhysicalDeviceFeatures2, vk::PhysicalDevice16BitStorageFeatures>();
  const auto texels = [&](vk::Format format) {
    return static_cast<bool>(physical.getFormatProperties(format).bufferFeatures &
                             vk::FormatFeatureFlagBits::eUniformTexelBuffer);
  };
  return features.get<vk::PhysicalDevice16BitStorageFeatures>().storageBuffer16BitAccess &&
         texels(vk::Format::eR16Sfloat) && texels(vk::Format::eR16G16B16A16Sfloat);
}

/// Mesa's CPU driver makes one instruction of a shuffle and a loop of a broadcast, or the other way
/// round: its code does not say which, so this is what was measured of 22.3, 24.0, 25.0 and 26.2.
/// `info` is as in "Mesa 25.0.7 (LLVM 15.0.6)"; driverVersion is always 0.0.1.
bool broadcasts_fast(vk::DriverId driver, const char* info) {
  unsigned version = 0;
  return driver == vk::DriverId::eMesaLlvmpipe && std::sscanf(info, "Mesa %u", &version) == 1 &&
         version >= 23;
}

bool offers(const vk::raii::PhysicalDevice& physical, const char* extension) {
  return std::ranges::any_of(physical.enumerateDeviceExtensionProperties(), [&](const auto& one) {
    return std::strcmp(one.extensionName, extension) == 0;
  });
}

/// Whether kernels with cooperative matrices can be made: they compute with fp16, are written by
/// Vulkan's memory model and must have full subgroups.
bool multiplies_matrices(const vk::raii::PhysicalDevice& physical) {
  if (!offers(physical, VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME) ||
      !offers(physical, VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME))
    return false;
  MatrixFeatures features;
  vk::PhysicalDeviceFeatures2 all;
  all.pNext = features.chain();
  physical.getDispatcher()->vkGetPhysicalDeviceFeatures2(
      static_cast<VkPhysicalDevice>(*physical), reinterpret_cast<VkPhysicalDeviceFeatures2*>(&all));
  return features.all();
}

/// The shapes for fp16 with sums in fp32, each once, the largest first.
std::vector<DeviceProperties::MatrixShape> matrix_shapes(const vk::raii::Instance& instance,
                                                         const vk::raii::PhysicalDevice& physical) {
  if (!multiplies_matrices(physical)) return {};
  const auto get = reinterpret_cast<PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR>(
      instance.getProcAddr("vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR"));
  uint32_t count = 0;
  if (!get || get(*physical, &count, nullptr) != VK_SUCCESS) return {};
  VkCooperativeMatrixPropertiesKHR empty = {};
  empty.sType = VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR;
  std::vector<VkCooperativeMatrixPropertiesKHR> all(count, empty);
  if (get(*physical, &count, all.data()) != VK_SUCCESS) return {};
  std::vector<DeviceProperties::MatrixShape> shapes;
  for (const VkCooperativeMatrixPropertiesKHR& one : all)
    if (one.AType == VK_COMPONENT_TYPE_FLOAT16_KHR && one.BType == VK_COMPONENT_TYPE_FLOAT16_KHR &&
        one.CType == VK_COMPONENT_TYPE_FLOAT32_KHR &&
        one.ResultType == VK_COMPONENT_TYPE_FLOAT32_KHR && one.scope == VK_SCOPE_SUBGROUP_KHR)
      shapes.push_back({one.MSize, one.NSize, one.KSize});
  const auto size = [](const DeviceProperties::MatrixShape& s) { return s.m * s.n * s.k; };
  std::ranges::sort(shapes, [&](const auto& a, const auto& b) {
    return size(a) != size(b) ? size(a) > size(b) : a > b;
  });
  shapes.erase(std::ranges::unique(shapes).begin(), shapes.end());
  return shapes;
}

}  // namespace

const char* to_string(DeviceProperties::Kind kind) {
  using Kind = DeviceProperties::Kind;
  switch (kind) {
    case Kind::discrete:
      return "discrete";
    case Kind::integrated:
      return "integrated";
    case Kind::virtual_gpu:
      return "virtual";
    case Kind::cpu:
      return "cpu";
    default:
      return "other";
  }
}

std::string version_string(uint32_t version) {
  return std::to_string(VK_API_VERSION_MAJOR(version)) + "." +
         std::to_string(VK_API_VERSION_MINOR(version)) + "." +
         std::to_string(VK_API_VERSION_PATCH(version));
}

std::optional<uint32_t> best_compute_family(const std::vector<uint32_t>& flags) {
  std::optional<uint32_t> best;
  for (uint32_t i = 0; i < flags.size(); ++i) {
    if (!(flags[i] & VK_QUEUE_COMPUTE_BIT)) continue;
    if (!(flags[i] & VK_QUEUE_GRAPHICS_BIT)) return i;
    if (!best) best = i;
  }
  return best;
}

std::optional<uint32_t> compute_queue_family(const vk::raii::PhysicalDevice& physical) {
  std::vector<uint32_t> flags;
  for (const vk::QueueFamilyProperties& family : physical.getQueueFamilyProperties())
    flags.push_back(static_cast<uint32_t>(static_cast<VkQueueFlags>(family.queueFlags)));
  return best_compute_family(flags);
}

DeviceProperties query_properties(const vk::raii::Instance& instance,
                                  const vk::raii::PhysicalDevice& physical) {
  DeviceProperties result;
  const vk::PhysicalDeviceProperties base = physical.getProperties();
  result.name = base.deviceName.data();
  result.kind = kind_of(base.deviceType);
  result.api_version = base.apiVersion;
  result.driver_version = base.driverVersion;
  result.vendor_id = base.vendorID;
  result.device_id = base.deviceID;
  copy_limits(base.limits, result);
  if (base.apiVersion < VK_API_VERSION_1_1) return result;  // will not be used

  const auto chain =
      physical.getProperties2<vk::PhysicalDeviceProperties2, vk::PhysicalDeviceIDProperties,
                              vk::PhysicalDeviceMaintenance3Properties,
                              vk::PhysicalDeviceSubgroupProperties>();
  result.uuid = hexadecimal(base.pipelineCacheUUID.data(), VK_UUID_SIZE);
  result.max_allocation_bytes =
      chain.get<vk::PhysicalDeviceMaintenance3Properties>().maxMemoryAllocationSize;
  const auto& subgroup = chain.get<vk::PhysicalDeviceSubgroupProperties>();
  result.subgroup_size = subgroup.subgroupSize;
  const auto offers_subgroups = [&](vk::SubgroupFeatureFlagBits operation) {
    return (subgroup.supportedStages & vk::ShaderStageFlagBits::eCompute) &&
           (subgroup.supportedOperations & operation);
  };
  result.subgroup_lanes = base.apiVersion >= VK_API_VERSION_1_2 &&
                          offers_subgroups(vk::SubgroupFeatureFlagBits::eShuffle) &&
                          offers_subgroups(vk::SubgroupFeatureFlagBits::eBallot);
  result.subgroup_arithmetic = offers_subgroups(vk::SubgroupFeatureFlagBits::eArithmetic);
  result.storage_16bit = stores_16bit(physical);
  if (base.apiVersion >= VK_API_VERSION_1_2) {
    const auto driver =
        physical
            .getProperties2<vk::PhysicalDeviceProperties2, vk::PhysicalDeviceDriverProperties>();
    const auto& properties = driver.get<vk::PhysicalDeviceDriverProperties>();
    result.driver_name = properties.driverName.data();
    result.driver_info = properties.driverInfo.data();
    result.subgroup_broadcasts = broadcasts_fast(properties.driverID, properties.driverInfo.data());
    if (result.storage_16bit) result.matrix_shapes = matrix_shapes(instance, physical);
    if (!result.matrix_shapes.empty()) {
      const auto sizes = physical
                             .getProperties2<vk::PhysicalDeviceProperties2,
                                             vk::PhysicalDeviceSubgroupSizeControlProperties>()
                             .get<vk::PhysicalDeviceSubgroupSizeControlProperties>();
      result.least_subgroup_size = sizes.minSubgroupSize;
      result.most_subgroup_size = sizes.maxSubgroupSize;
    }
  }
  const vk::PhysicalDeviceMemoryProperties memory = physical.getMemoryProperties();
  for (uint32_t i = 0; i < memory.memoryHeapCount; ++i)
    if (memory.memoryHeaps[i].flags & vk::MemoryHeapFlagBits::eDeviceLocal)
      result.heap_bytes = std::max<uint64_t>(result.heap_bytes, memory.memoryHeaps[i].size);
  return result;
}

}  // namespace imago

// Buffers, pipelines and submissions.
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <type_traits>

#include "compute/base/cache.h"
#include "compute/vk/device_impl.h"

namespace imago {
namespace {

std::optional<uint32_t> memory_type(const vk::PhysicalDeviceMemoryProperties& memory,
                                    uint32_t allowed, vk::MemoryPropertyFlags wanted) {
  for (uint32_t i = 0; i < memory.memoryTypeCount; ++i)
    if ((allowed >> i & 1) && (memory.memoryTypes[i].propertyFlags & wanted) == wanted) return i;
  return std::nullopt;
}

vk::DescriptorType descriptor_type(KernelInfo::Resource::Kind kind) {
  switch (kind) {
    case KernelInfo::Resource::Kind::uniform:
      return vk::DescriptorType::eUniformBuffer;
    case KernelInfo::Resource::Kind::texel:
      return vk::DescriptorType::eUniformTexelBuffer;
    default:
      return vk::DescriptorType::eStorageBuffer;
  }
}

}  // namespace

Buffer Device::Impl::make_buffer(uint64_t bytes, Place place) {
  using Flag = vk::MemoryPropertyFlagBits;
  using Usage = vk::BufferUsageFlagBits;
  Buffer result;
  result.bytes = std::max<uint64_t>(bytes, Buffer::kLeastBytes);
  const vk::BufferUsageFlags usage = Usage::eStorageBuffer | Usage::eUniformBuffer |
                                     Usage::eUniformTexelBuffer | Usage::eTransferSrc |
                                     Usage::eTransferDst;
  result.buffer = vk::raii::Buffer(device, vk::BufferCreateInfo({}, result.bytes, usage));
  const vk::MemoryRequirements needs = result.buffer.getMemoryRequirements();
  if (needs.size > properties.max_allocation_bytes)
    throw OutOfMemory(std::to_string(needs.size >> 20) + " MiB are needed at once, but " +
                      properties.name + " allocates at most " +
                      std::to_string(properties.max_allocation_bytes >> 20) + " MiB");
  const vk::PhysicalDeviceMemoryProperties memory = physical.getMemoryProperties();
  std::optional<uint32_t> type;
  if (place == Place::device) {
    type = memory_type(memory, needs.memoryTypeBits, Flag::eDeviceLocal);
    if (!type) type = memory_type(memory, needs.memoryTypeBits, {});
  } else {
    // Cached memory first: the host reads results from it.
    const vk::MemoryPropertyFlags visible = Flag::eHostVisible | Flag::eHostCoherent;
    type = memory_type(memory, needs.memoryTypeBits, visible | Flag::eHostCached);
    if (!type) type = memory_type(memory, needs.memoryTypeBits, visible);
  }
  if (!type) throw DeviceError(properties.name + " has no memory of a kind that Imago can use");
  result.memory = vk::raii::DeviceMemory(device, vk::MemoryAllocateInfo(needs.size, *type));
  result.counted = CountedMemory(memory_use, needs.size);
  result.buffer.bindMemory(*result.memory, 0);
  if (place == Place::host)
    result.mapped = static_cast<std::byte*>(result.memory.mapMemory(0, VK_WHOLE_SIZE));
  return result;
}

const Kernel& Device::Impl::kernel(const Dispatch& dispatch) {
  std::unique_ptr<Kernel>& kernel = kernels[{dispatch.kernel, dispatch.constants}];
  if (kernel) return *kernel;
  auto made = std::make_unique<Kernel>();
  made->info = &kernel_info(dispatch.kernel);
  if (made->info->needs_storage_16bit && !properties.storage_16bit)
    throw DeviceError(properties.name + " stores no fp16, which kernel " + dispatch.kernel +
                      " needs; use fp32");
  if (made->info->needs_matrices && properties.matrix_shapes.empty())
    throw DeviceError(properties.name + " has no cooperative matrices, which kernel " +
                      dispatch.kernel + " needs");

  std::vector<vk::DescriptorSetLayoutBinding> bindings;
  for (uint32_t b = 0; b < made->info->bindings.size(); ++b)
    if (made->info->bindings[b].kind != KernelInfo::Resource::Kind::none)
      bindings.push_back(
          {b, descriptor_type(made->info->bindings[b].kind), 1, vk::ShaderStageFlagBits::eCompute});
  made->set_layout =
      vk::raii::DescriptorSetLayout(device, vk::DescriptorSetLayoutCreateInfo({}, bindings));
  const vk::PushConstantRange push(vk::ShaderStageFlagBits::eCompute, 0, made->info->push_bytes);
  vk::PipelineLayoutCreateInfo layout({}, *made->set_layout);
  if (push.size > 0) layout.setPushConstantRanges(push);
  made->layout = vk::raii::PipelineLayout(device, layout);

  std::vector<vk::SpecializationMapEntry> entries;
  std::vector<uint32_t> values;
  for (const auto& [id, value] : dispatch.constants.entries()) {
    entries.push_back({id, static_cast<uint32_t>(values.size() * 4), 4});
    values.push_back(value);
  }
  entries.push_back({kBroadcastsId, static_cast<uint32_t>(values.size() * 4), 4});
  values.push_back(properties.subgroup_broadcasts);
  const vk::SpecializationInfo constants(static_cast<uint32_t>(entries.size()), entries.data(),
                                         values.size() * 4, values.data());
  const vk::raii::ShaderModule module(
      device,
      vk::ShaderModuleCreateInfo({}, made->info->words.size_bytes(), made->info->words.data()));
  // Matrices are a subgroup's: it must be full, and may have the size that suits them.
  using Flag = vk::PipelineShaderStageCreateFlagBits;
  const vk::PipelineShaderStageCreateFlags subgroups =
      made->info->needs_matrices ? Flag::eRequireFullSubgroups | Flag::eAllowVaryingSubgroupSize
                                 : vk::PipelineShaderStageCreateFlags();
  const vk::PipelineShaderStageCreateInfo stage(subgroups, vk::ShaderStageFlagBits::eCompute,
                                                *module, "main", &constants);
  made->pipeline = vk::raii::Pipeline(device, pipeline_cache,
                                      vk::ComputePipelineCreateInfo({}, stage, *made->layout));
  kernel = std::move(made);
  return *kernel;
}

vk::raii::Fence Device::Impl::submit(const vk::raii::CommandBuffer& commands) {
  if (given_up) throw DeviceError(properties.name + " hangs; start the program anew");
  vk::raii::Fence fence(device, vk::FenceCreateInfo());
  const vk::CommandBuffer handle = *commands;
  queue.submit(vk::SubmitInfo({}, {}, handle), *fence);
  return fence;
}

void Device::Impl::wait(const vk::raii::Fence& fence) {
  // In slices: one that lasted much longer than asked tells that this process was stopped, and a
  // device that computes in it as well.
  using Seconds = std::chrono::duration<double>;
  const Seconds slice(std::min(0.5, patience_seconds / 8));
  const auto nanoseconds = static_cast<uint64_t>(slice.count() * 1e9);
  Seconds waited(0);
  while (waited.count() < patience_seconds) {
    const auto begin = std::chrono::steady_clock::now();
    if (device.waitForFences(*fence, true, nanoseconds) == vk::Result::eSuccess) return;
    const Seconds lasted = std::chrono::steady_clock::now() - begin;
    if (lasted < 2 * slice) waited += lasted;
  }
  give_up();
  // A submission is cut to well under a second.
  throw DeviceError(properties.name + " did not finish a submission within " +
                    std::to_string(std::lround(patience_seconds)) +
                    " seconds and is taken to hang; update its driver or choose another device "
                    "with -g");
}

void Device::Impl::wait_for_end(std::span<const vk::raii::Fence> fences) noexcept {
  for (const vk::raii::Fence& fence : fences) {
    if (given_up) return;
    try {
      wait(fence);
    } catch (const vk::SystemError&) {
      // Out of memory even for waiting, or lost. Then this returns at once.
      try {
        queue.waitIdle();
      } catch (const vk::SystemError&) {
      }
    } catch (const Error&) {
      // It hangs: the next round ends.
    }
  }
}

void Device::Impl::give_up() {
  given_up = true;
  // The dispatcher that all objects of the device destroy themselves with is the device's own.
  using Dispatcher = std::remove_cvref_t<decltype(*device.getDispatcher())>;
  auto& calls = const_cast<Dispatcher&>(*device.getDispatcher());
  calls.vkDestroyBuffer = [](auto...) {};
  calls.vkDestroyBufferView = [](auto...) {};
  calls.vkDestroyCommandPool = [](auto...) {};
  calls.vkDestroyDescriptorPool = [](auto...) {};
  calls.vkDestroyDescriptorSetLayout = [](auto...) {};
  calls.vkDestroyFence = [](auto...) {};
  calls.vkDestroyPipeline = [](auto...) {};
  calls.vkDestroyPipelineCache = [](auto...) {};
  calls.vkDestroyPipelineLayout = [](auto...) {};
  calls.vkDestroyQueryPool = [](auto...) {};
  calls.vkDestroyShaderModule = [](auto...) {};
  calls.vkFreeCommandBuffers = [](auto...) {};
  calls.vkFreeDescriptorSets = [](auto...) { return VK_SUCCESS; };
  calls.vkFreeMemory = [](auto...) {};
#ifdef __GLIBC__
  // At the program's end the driver would clean up what its threads still compute with, and crash.
  ::on_exit(
      [](int status, void*) {
        std::cout.flush();
        std::fflush(nullptr);
        ::_exit(status);
      },
      nullptr);
#endif
}

void Device::Impl::run(const vk::raii::CommandBuffer& commands) {
  const vk::raii::Fence fence = submit(commands);
  try {
    wait(fence);
  } catch (...) {
    wait_for_end({&fence, 1});
    throw;
  }
}

namespace {

std::string pipeline_cache_key(const DeviceProperties& p) {
  return p.name + "|" + std::to_string(p.vendor_id) + "|" + std::to_string(p.device_id) + "|" +
         std::to_string(p.driver_version) + "|" + p.uuid;
}

std::string cache_file(const DeviceProperties& p) { return "pipelines-" + p.uuid + ".bin"; }

}  // namespace

std::vector<std::byte> load_pipeline_cache(const DeviceProperties& properties) {
  std::vector<std::byte> bytes = read_cache(cache_file(properties), pipeline_cache_key(properties));
  // The driver's own header (VkPipelineCacheHeaderVersionOne), checked again: some drivers trust
  // it.
  VkPipelineCacheHeaderVersionOne header;
  if (bytes.size() < sizeof(header)) return {};
  std::memcpy(&header, bytes.data(), sizeof(header));
  std::string uuid;
  static constexpr char kDigits[] = "0123456789abcdef";
  for (const uint8_t byte : header.pipelineCacheUUID)
    uuid += {kDigits[byte >> 4], kDigits[byte & 15]};
  const bool ours = header.headerVersion == VK_PIPELINE_CACHE_HEADER_VERSION_ONE &&
                    header.vendorID == properties.vendor_id &&
                    header.deviceID == properties.device_id && uuid == properties.uuid;
  return ours ? bytes : std::vector<std::byte>();
}

void store_pipeline_cache(const DeviceProperties& properties, std::span<const uint8_t> data) {
  write_cache(cache_file(properties), pipeline_cache_key(properties), std::as_bytes(data));
}

}  // namespace imago

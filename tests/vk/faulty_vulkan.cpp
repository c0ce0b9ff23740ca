#include "tests/vk/faulty_vulkan.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <thread>
#include <utility>

namespace imago {
namespace {

Faults wanted_faults;
Observed seen;
std::set<VkFence> in_flight, never_signalled;

/// The name of a Vulkan function as a template argument.
template <size_t N>
struct Name {
  consteval Name(const char (&from)[N]) { std::copy_n(from, N, text); }
  char text[N];
};

/// What this fallible call shall return, VK_SUCCESS where it shall be left alone.
VkResult fault_of(const char* name) {
  ++seen.calls;
  if (wanted_faults.call == 0 || seen.calls < wanted_faults.call) return VK_SUCCESS;
  if (seen.calls > wanted_faults.call && !wanted_faults.for_good) return VK_SUCCESS;
  if (seen.failed_call.empty()) seen.failed_call = name;
  return wanted_faults.error;
}

/// A call that may fail. Those named vkCreate… and vkAllocate… make one object each, as the engine
/// uses them.
template <Name name, class Function>
struct Fallible;
template <Name name, class... Args>
struct Fallible<name, VkResult(VKAPI_PTR*)(Args...)> {
  static inline VkResult(VKAPI_PTR* real)(Args...) = nullptr;
  static VKAPI_ATTR VkResult VKAPI_CALL call(Args... args) {
    if (const VkResult fault = fault_of(name.text)) return fault;
    const VkResult result = real(args...);
    const std::string_view text = name.text;
    if (result == VK_SUCCESS && (text.starts_with("vkCreate") || text.starts_with("vkAllocate")))
      ++seen.alive[name.text];
    return result;
  }
};

/// Whether submitted work could still be using what a call with these arguments destroys: anything
/// but a fence that was not submitted itself.
template <class... Args>
bool in_use(Args...) {
  return !in_flight.empty();
}
bool in_use(VkDevice, VkFence fence, const VkAllocationCallbacks*) {
  return in_flight.contains(fence);
}

/// A call that destroys what `maker` made.
template <Name maker, Name name, class Function>
struct Destroying;
template <Name maker, Name name, class R, class... Args>
struct Destroying<maker, name, R(VKAPI_PTR*)(Args...)> {
  static inline R(VKAPI_PTR* real)(Args...) = nullptr;
  static VKAPI_ATTR R VKAPI_CALL call(Args... args) {
    if (--seen.alive[maker.text] == 0) seen.alive.erase(maker.text);
    if (in_use(args...)) seen.destroyed_too_early.insert(name.text);
    return real(args...);
  }
};

std::map<VkDeviceMemory, VkDeviceSize> allocations;

using FreeMemory = Destroying<"vkAllocateMemory", "vkFreeMemory", PFN_vkFreeMemory>;
VKAPI_ATTR void VKAPI_CALL free_memory(VkDevice device, VkDeviceMemory memory,
                                       const VkAllocationCallbacks* allocator) {
  seen.memory -= allocations[memory];
  allocations.erase(memory);
  FreeMemory::call(device, memory, allocator);
}

PFN_vkAllocateMemory real_allocate_memory;
VKAPI_ATTR VkResult VKAPI_CALL allocate_memory(VkDevice device, const VkMemoryAllocateInfo* info,
                                               const VkAllocationCallbacks* allocator,
                                               VkDeviceMemory* memory) {
  if (const VkResult fault = fault_of("vkAllocateMemory")) return fault;
  if (info->allocationSize > wanted_faults.largest_allocation) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
  const VkResult result = real_allocate_memory(device, info, allocator, memory);
  if (result != VK_SUCCESS) return result;
  ++seen.alive["vkAllocateMemory"];
  seen.largest_allocation = std::max(seen.largest_allocation, info->allocationSize);
  allocations[*memory] = info->allocationSize;
  seen.memory += info->allocationSize;
  seen.most_memory = std::max(seen.most_memory, seen.memory);
  return result;
}

void limit_heaps(VkPhysicalDeviceMemoryProperties& memory) {
  for (uint32_t i = 0; i < memory.memoryHeapCount; ++i)
    memory.memoryHeaps[i].size = std::min(memory.memoryHeaps[i].size, wanted_faults.heap);
}

PFN_vkGetPhysicalDeviceMemoryProperties real_memory_properties;
VKAPI_ATTR void VKAPI_CALL memory_properties(VkPhysicalDevice device,
                                             VkPhysicalDeviceMemoryProperties* memory) {
  real_memory_properties(device, memory);
  limit_heaps(*memory);
}

PFN_vkGetPhysicalDeviceMemoryProperties2 real_memory_properties2;
VKAPI_ATTR void VKAPI_CALL memory_properties2(VkPhysicalDevice device,
                                              VkPhysicalDeviceMemoryProperties2* properties) {
  real_memory_properties2(device, properties);
  VkPhysicalDeviceMemoryProperties& memory = properties->memoryProperties;
  limit_heaps(memory);
  auto* next = static_cast<VkBaseOutStructure*>(properties->pNext);
  for (; next && wanted_faults.heap != ~VkDeviceSize{0}; next = next->pNext) {
    if (next->sType != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT) continue;
    auto* budget = reinterpret_cast<VkPhysicalDeviceMemoryBudgetPropertiesEXT*>(next);
    for (uint32_t i = 0; i < memory.memoryHeapCount; ++i) {
      budget->heapBudget[i] = memory.memoryHeaps[i].size;
      budget->heapUsage[i] = seen.memory;
    }
  }
}

PFN_vkCreatePipelineCache real_create_pipeline_cache;
VKAPI_ATTR VkResult VKAPI_CALL create_pipeline_cache(VkDevice device,
                                                     const VkPipelineCacheCreateInfo* info,
                                                     const VkAllocationCallbacks* allocator,
                                                     VkPipelineCache* cache) {
  if (const VkResult fault = fault_of("vkCreatePipelineCache")) return fault;
  const VkResult result = real_create_pipeline_cache(device, info, allocator, cache);
  if (result == VK_SUCCESS) ++seen.alive["vkCreatePipelineCache"];
  seen.pipeline_cache_bytes = info->initialDataSize;
  return result;
}

PFN_vkQueueSubmit real_queue_submit;
VKAPI_ATTR VkResult VKAPI_CALL queue_submit(VkQueue queue, uint32_t count,
                                            const VkSubmitInfo* submits, VkFence fence) {
  if (const VkResult fault = fault_of("vkQueueSubmit")) return fault;
  const VkResult result = real_queue_submit(queue, count, submits, fence);
  if (result == VK_SUCCESS) in_flight.insert(fence);
  if (++seen.submissions == wanted_faults.hanging_submission) never_signalled.insert(fence);
  return result;
}

// A device that fails for good does no more work; the real one behind it first has to end its own.
PFN_vkQueueWaitIdle real_queue_wait_idle;
VKAPI_ATTR VkResult VKAPI_CALL queue_wait_idle(VkQueue queue) {
  ++seen.idle_waits;
  const VkResult fault = fault_of("vkQueueWaitIdle");
  if (fault && !wanted_faults.for_good) return fault;
  const VkResult result = real_queue_wait_idle(queue);
  in_flight.clear();
  return fault ? fault : result;
}

PFN_vkWaitForFences real_wait_for_fences;
VKAPI_ATTR VkResult VKAPI_CALL wait_for_fences(VkDevice device, uint32_t count,
                                               const VkFence* fences, VkBool32 all,
                                               uint64_t nanoseconds) {
  const VkResult fault = fault_of("vkWaitForFences");
  if (fault && !wanted_faults.for_good) return fault;
  if (std::any_of(fences, fences + count, [](VkFence f) { return never_signalled.contains(f); })) {
    std::this_thread::sleep_for(std::chrono::nanoseconds(nanoseconds));
    return VK_TIMEOUT;
  }
  const uint64_t limit = fault ? ~uint64_t{0} : nanoseconds;
  const VkResult result = real_wait_for_fences(device, count, fences, all, limit);
  if (result != VK_TIMEOUT)
    for (uint32_t i = 0; i < count; ++i) in_flight.erase(fences[i]);
  return fault ? fault : result;
}

PFN_vkCmdDispatch real_cmd_dispatch;
VKAPI_ATTR void VKAPI_CALL cmd_dispatch(VkCommandBuffer commands, uint32_t x, uint32_t y,
                                        uint32_t z) {
  if (++seen.dispatches != wanted_faults.skipped_dispatch) real_cmd_dispatch(commands, x, y, z);
}

PFN_vkVoidFunction device_proc_addr(VkDevice device, const char* name);
PFN_vkVoidFunction instance_proc_addr(VkInstance instance, const char* name);

struct Wrapper {
  std::string_view name;
  PFN_vkVoidFunction ours;
  PFN_vkVoidFunction* real;  // null: needs none
};

template <class Ours, class Real>
Wrapper wrapper(std::string_view name, Ours ours, Real& real) {
  return {name, reinterpret_cast<PFN_vkVoidFunction>(ours),
          reinterpret_cast<PFN_vkVoidFunction*>(&real)};
}

#define FALLIBLE(name) \
  wrapper(#name, &Fallible<#name, PFN_##name>::call, Fallible<#name, PFN_##name>::real)
#define DESTROYING(maker, name)                                \
  wrapper(#name, &Destroying<#maker, #name, PFN_##name>::call, \
          Destroying<#maker, #name, PFN_##name>::real)

const std::array kWrappers = {
    Wrapper{"vkGetInstanceProcAddr", reinterpret_cast<PFN_vkVoidFunction>(&instance_proc_addr),
            nullptr},
    Wrapper{"vkGetDeviceProcAddr", reinterpret_cast<PFN_vkVoidFunction>(&device_proc_addr),
            nullptr},
    wrapper("vkAllocateMemory", &allocate_memory, real_allocate_memory),
    wrapper("vkFreeMemory", &free_memory, FreeMemory::real),
    wrapper("vkGetPhysicalDeviceMemoryProperties", &memory_properties, real_memory_properties),
    wrapper("vkGetPhysicalDeviceMemoryProperties2", &memory_properties2, real_memory_properties2),
    wrapper("vkCreatePipelineCache", &create_pipeline_cache, real_create_pipeline_cache),
    wrapper("vkQueueSubmit", &queue_submit, real_queue_submit),
    wrapper("vkQueueWaitIdle", &queue_wait_idle, real_queue_wait_idle),
    wrapper("vkWaitForFences", &wait_for_fences, real_wait_for_fences),
    wrapper("vkCmdDispatch", &cmd_dispatch, real_cmd_dispatch),
    FALLIBLE(vkEnumerateInstanceVersion),
    FALLIBLE(vkEnumerateInstanceExtensionProperties),
    FALLIBLE(vkEnumerateInstanceLayerProperties),
    FALLIBLE(vkCreateInstance),
    FALLIBLE(vkEnumeratePhysicalDevices),
    FALLIBLE(vkEnumerateDeviceExtensionProperties),
    FALLIBLE(vkCreateDevice),
    FALLIBLE(vkCreateBuffer),
    FALLIBLE(vkBindBufferMemory),
    FALLIBLE(vkMapMemory),
    FALLIBLE(vkCreateBufferView),
    FALLIBLE(vkCreateShaderModule),
    FALLIBLE(vkGetPipelineCacheData),
    FALLIBLE(vkCreateComputePipelines),
    FALLIBLE(vkCreateDescriptorSetLayout),
    FALLIBLE(vkCreatePipelineLayout),
    FALLIBLE(vkCreateDescriptorPool),
    FALLIBLE(vkAllocateDescriptorSets),
    FALLIBLE(vkCreateCommandPool),
    FALLIBLE(vkAllocateCommandBuffers),
    FALLIBLE(vkBeginCommandBuffer),
    FALLIBLE(vkEndCommandBuffer),
    FALLIBLE(vkCreateFence),
    DESTROYING(vkCreateInstance, vkDestroyInstance),
    DESTROYING(vkCreateDevice, vkDestroyDevice),
    DESTROYING(vkCreateBuffer, vkDestroyBuffer),
    DESTROYING(vkCreateBufferView, vkDestroyBufferView),
    DESTROYING(vkCreateShaderModule, vkDestroyShaderModule),
    DESTROYING(vkCreatePipelineCache, vkDestroyPipelineCache),
    DESTROYING(vkCreateComputePipelines, vkDestroyPipeline),
    DESTROYING(vkCreateDescriptorSetLayout, vkDestroyDescriptorSetLayout),
    DESTROYING(vkCreatePipelineLayout, vkDestroyPipelineLayout),
    DESTROYING(vkCreateDescriptorPool, vkDestroyDescriptorPool),
    DESTROYING(vkAllocateDescriptorSets, vkFreeDescriptorSets),
    DESTROYING(vkCreateCommandPool, vkDestroyCommandPool),
    DESTROYING(vkAllocateCommandBuffers, vkFreeCommandBuffers),
    DESTROYING(vkCreateFence, vkDestroyFence),
};

VkInstance last_instance = VK_NULL_HANDLE;

/// Our own function for this name, with the real one behind it; null where it needs none. The
/// loader's entry of the instance, which finds the driver by its first argument, serves any device.
PFN_vkVoidFunction wrapped(VkInstance instance, const char* name) {
  for (const Wrapper& wrapper : kWrappers) {
    if (wrapper.name != name) continue;
    if (wrapper.real) *wrapper.real = vkGetInstanceProcAddr(instance, name);
    return wrapper.ours;
  }
  return nullptr;
}

PFN_vkVoidFunction instance_proc_addr(VkInstance instance, const char* name) {
  if (instance) last_instance = instance;
  const PFN_vkVoidFunction real = vkGetInstanceProcAddr(instance, name);
  const PFN_vkVoidFunction ours = real ? wrapped(instance, name) : nullptr;
  return ours ? ours : real;
}

PFN_vkVoidFunction device_proc_addr(VkDevice device, const char* name) {
  const PFN_vkVoidFunction ours = wrapped(last_instance, name);
  return ours ? ours : vkGetDeviceProcAddr(device, name);
}

}  // namespace

void set_faults(const Faults& wanted) {
  wanted_faults = wanted;
  Observed before = std::exchange(seen, {});
  seen.alive = std::move(before.alive);
  seen.memory = seen.most_memory = before.memory;
}

const Observed& observed() { return seen; }

void forget_what_lives() {
  seen.alive.clear();
  seen.memory = 0;
  allocations.clear();
  in_flight.clear();
  never_signalled.clear();
}

void* faulty_get_instance_proc_addr() { return reinterpret_cast<void*>(&instance_proc_addr); }

}  // namespace imago

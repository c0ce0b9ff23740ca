#include "compute/vk/device.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "compute/base/cache.h"
#include "compute/vk/device_impl.h"
#include "compute/vk/loader_hook.h"

namespace imago {
namespace {

constexpr const char* kValidationLayer = "VK_LAYER_KHRONOS_validation";

/// Mesa's lavapipe takes vectors of 256 bits unless this variable asks for more. On AMD's
/// processors with AVX-512 wider ones make convolutions 1.2 to 1.5 times as fast, on Intel's they
/// take 1.1 to 1.6 times as long. Whoever has set it is left with that. Asked for before main,
/// since setenv is not safe once there are other threads.
[[maybe_unused]] const bool kAskedForWideVectors = [] {
#if defined(__linux__) && defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_is("amd") && __builtin_cpu_supports("avx512f") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl"))
    return setenv("LP_NATIVE_VECTOR_WIDTH", "512", 0) == 0;
#endif
  return false;
}();

/// lavapipe reads from this variable how many threads to start, when an instance lists its devices:
/// one for each processor where it has no digits. Whoever has set it is left with that; otherwise
/// it is in the environment from before main, and one character of it is all that changes.
char threads_variable[] = "LP_NUM_THREADS=\0";
const bool kThreadsVariableIsOurs = [] {
#if defined(__linux__)
  const char* set = std::getenv("LP_NUM_THREADS");  // empty where the process that began this did
  return (!set || *set == '\0') && putenv(threads_variable) == 0;
#else
  return false;
#endif
}();

/// While it lives, other devices are not listed, and lavapipe's get no threads if that is wanted.
class Listing {
 public:
  explicit Listing(bool without_threads) : lock_(mutex()) {
    if (kThreadsVariableIsOurs && without_threads) digit() = '0';
  }
  ~Listing() {
    if (kThreadsVariableIsOurs) digit() = '\0';
  }
  Listing(const Listing&) = delete;
  Listing& operator=(const Listing&) = delete;

 private:
  static std::mutex& mutex() {
    static std::mutex shared;
    return shared;
  }
  static char& digit() { return threads_variable[sizeof threads_variable - 2]; }
  std::lock_guard<std::mutex> lock_;
};

VKAPI_ATTR VkBool32 VKAPI_CALL on_message(VkDebugUtilsMessageSeverityFlagBitsEXT,
                                          VkDebugUtilsMessageTypeFlagsEXT,
                                          const VkDebugUtilsMessengerCallbackDataEXT* data, void*) {
  std::fprintf(stderr, "Vulkan validation: %s\n", data->pMessage);
  std::abort();
}

bool has_layer(const vk::raii::Context& context, const char* name) {
  for (const auto& layer : context.enumerateInstanceLayerProperties())
    if (std::strcmp(layer.layerName, name) == 0) return true;
  return false;
}

template <class List>
bool has_extension(const List& extensions, const char* name) {
  return std::any_of(extensions.begin(), extensions.end(), [&](const auto& extension) {
    return std::strcmp(extension.extensionName, name) == 0;
  });
}

vk::raii::DebugUtilsMessengerEXT make_messenger(const vk::raii::Instance& instance) {
  // Set by its C names, whose types newer headers have not changed.
  VkDebugUtilsMessengerCreateInfoEXT info = {};
  info.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT;
  info.messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT |
                         VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT;
  info.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT |
                     VK_DEBUG_UTILS_MESSAGE_TYPE_PERFORMANCE_BIT_EXT;
  info.pfnUserCallback = &on_message;
  return {instance, vk::DebugUtilsMessengerCreateInfoEXT(info)};
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

int rank(DeviceProperties::Kind kind) {
  using Kind = DeviceProperties::Kind;
  constexpr Kind order[] = {Kind::discrete, Kind::integrated, Kind::virtual_gpu, Kind::cpu};
  for (int i = 0; i < 4; ++i)
    if (order[i] == kind) return i;
  return 4;
}

struct Candidate {
  vk::raii::PhysicalDevice physical;
  DeviceProperties properties;
};

std::vector<Candidate> candidates(const vk::raii::Instance& instance) {
  std::vector<Candidate> found;
  for (auto& physical : vk::raii::PhysicalDevices(instance)) {
    DeviceProperties properties = query_properties(instance, physical);
    if (properties.api_version < VK_API_VERSION_1_1 || !compute_queue_family(physical)) continue;
    found.push_back({std::move(physical), std::move(properties)});
  }
  std::stable_sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
    return rank(a.properties.kind) < rank(b.properties.kind);
  });
  for (size_t i = 0; i < found.size(); ++i) found[i].properties.index = static_cast<int>(i);
  return found;
}

Candidate& select(std::vector<Candidate>& found, const std::string& which) {
  if (found.empty())
    throw DeviceError(
        "no Vulkan device found; install a driver (on Debian without a GPU: "
        "apt install mesa-vulkan-drivers)");
  if (which.empty()) return found.front();
  const bool is_index =
      std::all_of(which.begin(), which.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  std::string names;
  for (Candidate& candidate : found) {
    if (is_index
            ? std::to_string(candidate.properties.index) == which
            : lower_case(candidate.properties.name).find(lower_case(which)) != std::string::npos)
      return candidate;
    names += (names.empty() ? "" : ", ") + std::to_string(candidate.properties.index) + " (" +
             candidate.properties.name + ")";
  }
  throw DeviceError("no device matches '" + which + "'; there are: " + names);
}

double guess_flops(DeviceProperties::Kind kind) {
  using Kind = DeviceProperties::Kind;
  switch (kind) {
    case Kind::discrete:
      return 1e12;
    case Kind::integrated:
    case Kind::virtual_gpu:
      return 1e11;
    default:
      return 1e10;
  }
}

}  // namespace

double patience_seconds(double otherwise) {
  const char* variable = std::getenv("IMAGO_PATIENCE");
  const double seconds = variable ? std::strtod(variable, nullptr) : 0;
  return seconds > 0 ? seconds : otherwise;
}

bool wants_validation(const DeviceOptions& options) {
  const char* variable = std::getenv("IMAGO_VALIDATION");
  return options.validation || (variable && std::strcmp(variable, "1") == 0);
}

vk::raii::Instance make_instance(vk::raii::Context& context, bool validation) {
  vk::ApplicationInfo application("Imago", 0, "Imago", 0, VK_API_VERSION_1_1);
  if (context.enumerateInstanceVersion() >= VK_API_VERSION_1_2)
    application.apiVersion = VK_API_VERSION_1_2;
  std::vector<const char*> layers, extensions;
  vk::InstanceCreateFlags flags;
  const auto available = context.enumerateInstanceExtensionProperties();
  // Drivers that implement Vulkan over another interface (MoltenVK) are listed only on request.
  if (has_extension(available, VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME)) {
    extensions.push_back(VK_KHR_PORTABILITY_ENUMERATION_EXTENSION_NAME);
    flags |= vk::InstanceCreateFlagBits::eEnumeratePortabilityKHR;
  }
  vk::ValidationFeatureEnableEXT synchronization =
      vk::ValidationFeatureEnableEXT::eSynchronizationValidation;
  const vk::ValidationFeaturesEXT features(synchronization);
  if (validation) {
    if (!has_layer(context, kValidationLayer))
      throw DeviceError(
          "validation was asked for, but the Khronos layer is not installed "
          "(on Debian: apt install vulkan-validationlayers)");
    layers.push_back(kValidationLayer);
    extensions.push_back(VK_EXT_DEBUG_UTILS_EXTENSION_NAME);
  }
  const vk::InstanceCreateInfo info(flags, &application, layers, extensions,
                                    validation ? &features : nullptr);
  return {context, info};
}

namespace {

void* loader_for_tests = nullptr;

PFN_vkGetInstanceProcAddr loader_of(const DeviceOptions& options) {
  void* given = options.get_instance_proc_addr ? options.get_instance_proc_addr : loader_for_tests;
  return given ? reinterpret_cast<PFN_vkGetInstanceProcAddr>(given) : &vkGetInstanceProcAddr;
}

}  // namespace

void set_vulkan_loader(void* get_instance_proc_addr) { loader_for_tests = get_instance_proc_addr; }

Device::Impl::Impl(const DeviceOptions& opened_with)
    : context(loader_of(opened_with)), options(opened_with) {}

std::vector<DeviceProperties> enumerate_devices() {
  return guarded("listing the Vulkan devices", [] {
    std::vector<DeviceProperties> result;
    vk::raii::Context context(&vkGetInstanceProcAddr);
    const Listing listing(false);
    try {
      const vk::raii::Instance instance = make_instance(context, false);
      for (const Candidate& candidate : candidates(instance))
        result.push_back(candidate.properties);
    } catch (const vk::IncompatibleDriverError&) {
      // The loader's word for "no driver at all".
    }
    return result;
  });
}

namespace {

Device::Impl::Clock clock_of(const vk::raii::PhysicalDevice& physical, uint32_t queue_family) {
  const uint32_t bits = physical.getQueueFamilyProperties()[queue_family].timestampValidBits;
  const double nanoseconds = static_cast<double>(physical.getProperties().limits.timestampPeriod);
  if (bits == 0 || nanoseconds <= 0) return {};
  return {nanoseconds * 1e-9, ~uint64_t{0} >> (64 - bits)};
}

void create_device(Device::Impl& impl) {
  impl.queue_family = compute_queue_family(impl.physical).value();
  const auto available = impl.physical.enumerateDeviceExtensionProperties();
  std::vector<const char*> extensions;
  impl.has_memory_budget = has_extension(available, VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
  if (impl.has_memory_budget) extensions.push_back(VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
  if (has_extension(available, "VK_KHR_portability_subset"))
    extensions.push_back("VK_KHR_portability_subset");  // must be enabled where it is offered
  const float priority = 1.0f;
  const vk::DeviceQueueCreateInfo queue_info({}, impl.queue_family, 1, &priority);
  vk::PhysicalDevice16BitStorageFeatures storage;
  storage.storageBuffer16BitAccess = impl.properties.storage_16bit;
  MatrixFeatures matrices;
  if (!impl.properties.matrix_shapes.empty()) {
    matrices.enable();
    storage.pNext = matrices.chain();
    extensions.push_back(VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME);
    extensions.push_back(VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME);
  }
  impl.device = vk::raii::Device(
      impl.physical, vk::DeviceCreateInfo({}, queue_info, {}, extensions, nullptr, &storage));
  impl.queue = impl.device.getQueue(impl.queue_family, 0);
  impl.command_pool =
      vk::raii::CommandPool(impl.device, vk::CommandPoolCreateInfo({}, impl.queue_family));
  impl.clock = clock_of(impl.physical, impl.queue_family);
}

void create_pipeline_cache(Device::Impl& impl) {
  const std::vector<std::byte> known =
      impl.keeps_cache ? load_pipeline_cache(impl.properties) : std::vector<std::byte>();
  impl.saved_cache_bytes = known.size();
  impl.pipeline_cache = vk::raii::PipelineCache(
      impl.device, vk::PipelineCacheCreateInfo({}, known.size(), known.data()));
}

}  // namespace

Device::Device(const std::string& which, const DeviceOptions& options)
    : impl_(std::make_unique<Impl>(options)) {
  guarded("opening the Vulkan device", [&] {
    const Listing listing(options.without_threads);
    try {
      impl_->instance = make_instance(impl_->context, wants_validation(options));
    } catch (const vk::IncompatibleDriverError&) {
      std::vector<Candidate> none;
      select(none, which);
    }
    if (wants_validation(options)) impl_->messenger = make_messenger(impl_->instance);
    std::vector<Candidate> found = candidates(impl_->instance);
    Candidate& chosen = select(found, which);
    impl_->properties = chosen.properties;
    if (options.adapt) options.adapt(impl_->properties);
    impl_->physical = std::move(chosen.physical);
    impl_->keeps_cache = options.pipeline_cache;
    impl_->submission_seconds = options.submission_seconds;
    impl_->patience_seconds = patience_seconds(options.patience_seconds);
    impl_->flops_per_second = guess_flops(impl_->properties.kind);
    create_device(*impl_);
    create_pipeline_cache(*impl_);
  });
}

Device::~Device() {
  if (impl_->given_up) {
    static auto* const kept = new std::vector<std::unique_ptr<Impl>>;  // to the process's end
    kept->push_back(std::move(impl_));
    return;
  }
  try {
    save_pipeline_cache();
  } catch (const std::exception&) {
    // Nothing is lost but the time to build the pipelines again.
  }
}

const DeviceProperties& Device::properties() const { return impl_->properties; }

Device& Device::for_short_work() {
  if (impl_->properties.driver_name != "llvmpipe" || impl_->options.without_threads) return *this;
  if (!impl_->for_short_work) {
    DeviceOptions options = impl_->options;
    options.without_threads = true;
    options.pipeline_cache = false;  // the file is this one's; Mesa has another of its own
    impl_->for_short_work =
        std::make_unique<Device>(std::to_string(impl_->properties.index), options);
  }
  return *impl_->for_short_work;
}

double Device::flops_per_second() const { return impl_->flops_per_second; }

void Device::save_pipeline_cache() {
  if (!impl_->keeps_cache || !*impl_->pipeline_cache) return;
  guarded("reading the pipeline cache", [&] {
    const std::vector<uint8_t> data = impl_->pipeline_cache.getData();
    if (data.size() == impl_->saved_cache_bytes) return;  // nothing new was compiled
    store_pipeline_cache(impl_->properties, data);
    impl_->saved_cache_bytes = data.size();
  });
}

uint64_t Device::used_memory() const { return impl_->memory_use.now; }

uint64_t Device::peak_memory() const { return impl_->memory_use.peak; }

void Device::reset_peak_memory() { impl_->memory_use.peak = impl_->memory_use.now; }

uint64_t Device::free_memory() const {
  return guarded("asking for free device memory", [&] {
    const auto chain =
        impl_->has_memory_budget
            ? impl_->physical.getMemoryProperties2<vk::PhysicalDeviceMemoryProperties2,
                                                   vk::PhysicalDeviceMemoryBudgetPropertiesEXT>()
            : vk::StructureChain<vk::PhysicalDeviceMemoryProperties2,
                                 vk::PhysicalDeviceMemoryBudgetPropertiesEXT>(
                  {impl_->physical.getMemoryProperties()}, {});
    const auto& memory = chain.get<vk::PhysicalDeviceMemoryProperties2>().memoryProperties;
    const auto& budget = chain.get<vk::PhysicalDeviceMemoryBudgetPropertiesEXT>();
    uint64_t most = 0;
    for (uint32_t i = 0; i < memory.memoryHeapCount; ++i) {
      if (!(memory.memoryHeaps[i].flags & vk::MemoryHeapFlagBits::eDeviceLocal)) continue;
      const uint64_t size = memory.memoryHeaps[i].size;
      uint64_t available = size - std::min(size, impl_->memory_use.now);
      if (impl_->has_memory_budget)
        available = budget.heapBudget[i] - std::min(budget.heapUsage[i], budget.heapBudget[i]);
      most = std::max(most, available);
    }
    return most;
  });
}

}  // namespace imago

// gpu_report FOLDER: what Imago would launch on a GPU, and what the driver at hand makes of it. Its
// device may be a null one, which compiles and computes nothing (scripts/gpu-report brings some).
//
// Prints one JSON object a line:
//   {"work": "unet_256", "useful_gflop": …, "executed_gflop": …, "megabytes": …,
//    "norm_megabytes": …, "dispatches": …}    of each network and training step; megabytes are what
//    the kernels are given to read and write, each value once a dispatch, and those of
//    normalisation
//   {"device": …, "matrices": [16, 16, 16]}                        the driver's, and its shape of
//   cooperative matrices, if any
//   {"kernel": "conv2d_tiled", "constants": "0=64 …", "launches": …, "gflop": …, "file": …,
//    "statistics": {"VGPRs": …}}                                    of each kernel with its
//    constants; "error" in place of "statistics" where the driver refused it, "skipped" where the
//    device has no cooperative matrices and the kernel needs them
// and writes the machine code of each kernel to FOLDER/<file>.
#include <vulkan/vulkan.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "compute/ops/gpu_tiles.h"
#include "compute/plan/plan.h"
#include "compute/vk/cooperative_matrix.h"
#include "compute/vk/kernel_info.h"
#include "models/networks/msrresnet.h"
#include "models/networks/resnet.h"
#include "models/networks/rrdb.h"
#include "models/networks/srresnet.h"
#include "models/networks/srvgg.h"
#include "models/networks/unet.h"
#include "models/training/prepare.h"
#include "models/training/request.h"

namespace imago {
namespace {

using nlohmann::ordered_json;

void check(VkResult result, const char* what) {
  if (result < 0) throw std::runtime_error(std::string(what) + ": " + std::to_string(result));
}

/// One of Vulkan's structures, all zero but for its type.
template <class T>
T structure(VkStructureType type) {
  T made{};
  made.sType = type;
  return made;
}

/// A GPU of middling size: no device need be there for plans. Its matrix units take these.
DeviceProperties some_gpu(const DeviceProperties::MatrixShape& matrices) {
  DeviceProperties p;
  p.name = "a GPU";
  p.kind = DeviceProperties::Kind::discrete;
  p.api_version = VK_API_VERSION_1_3;
  p.heap_bytes = uint64_t{16} << 30;
  p.max_allocation_bytes = p.max_storage_range = uint64_t{4} << 30;
  p.max_uniform_range = 65536;
  p.max_texel_elements = 1u << 27;
  p.storage_alignment = 64;
  p.max_groups[0] = 0x7fffffff;
  p.max_groups[1] = p.max_groups[2] = 65535;
  p.max_group_size[0] = p.max_group_size[1] = p.max_group_size[2] = 1024;
  p.max_group_invocations = 1024;
  p.shared_memory_bytes = 32768;
  p.subgroup_size = p.least_subgroup_size = p.most_subgroup_size = 32;
  p.subgroup_lanes = p.subgroup_arithmetic = true;
  p.storage_16bit = true;
  p.matrix_shapes = {matrices};
  return p;
}

struct Use {
  int launches = 0;
  double flops = 0;
};
using Uses = std::map<std::pair<std::string, Constants>, Use>;

/// Of everything that the dispatch reads and writes, each value once.
double moved_bytes(const Plan& plan, const Dispatch& dispatch) {
  double bytes = 0;
  for (const Binding& b : dispatch.bindings) {
    // It reads one element of each group of x.
    if (dispatch.kernel.starts_with("moments_combine") && &b == &dispatch.bindings[0]) continue;
    const int64_t whole = plan.values[static_cast<size_t>(b.value)].bytes - b.offset;
    if (!b.unread) bytes += static_cast<double>(b.bytes < 0 ? whole : b.bytes);
  }
  return bytes;
}

/// Adds what the plans launch to `uses`, and prints how much of the arithmetic is useful and how
/// much memory is moved.
void note(const std::string& work, const std::vector<Plan>& plans, Uses& uses) {
  double useful = 0, executed = 0, bytes = 0, bytes_of_norms = 0;
  size_t dispatches = 0;
  for (const Plan& plan : plans) {
    dispatches += plan.dispatches.size();
    for (const Dispatch& d : plan.dispatches) {
      bytes += moved_bytes(plan, d);
      if (d.kernel.starts_with("normalize") || d.kernel.starts_with("moments"))
        bytes_of_norms += moved_bytes(plan, d);
      Use& use = uses[{d.kernel, d.constants}];
      ++use.launches;
      use.flops += d.flops;
      useful += d.flops;
      executed += d.executed_flops > 0 ? d.executed_flops : d.flops;
    }
  }
  std::cout << ordered_json{{"work", work},
                            {"useful_gflop", useful / 1e9},
                            {"executed_gflop", executed / 1e9},
                            {"megabytes", bytes / 1e6},
                            {"norm_megabytes", bytes_of_norms / 1e6},
                            {"dispatches", dispatches}}
            << std::endl;
}

Uses all_uses(const DeviceProperties::MatrixShape& matrices) {
  const DeviceProperties device = some_gpu(matrices);
  DeviceProperties trusting = device;
  trusting.trusts_matrices = true;
  Uses uses;
  const std::tuple<std::string, Generator, int64_t> models[] = {
      {"unet_256", unet_generator({}), 256},    {"resnet_9blocks", resnet_generator({}), 256},
      {"srresnet", srresnet_generator({}), 96}, {"msrresnet", msrresnet_generator({}), 96},
      {"rrdbnet", rrdbnet_generator({}), 64},   {"srvgg", srvgg_generator({}), 128}};
  for (const auto& [name, generator, side] : models) {
    Graph g;
    const Tensor x = g.input("x", {1, generator.info.in_channels, side, side});
    g.output("y", generator.build(g, x, generator.defaults));
    const auto note_plan = [&](const std::string& work, const DeviceProperties& p,
                               NumberType storage) {
      std::vector<Plan> plans;
      plans.push_back(make_plan(g, p, {.storage = storage}));
      note(work, plans, uses);
    };
    note_plan(name, device, NumberType::fp32);
    note_plan(name + " fp16", device, NumberType::fp16);
    note_plan(name + " fp16 on matrices", trusting, NumberType::fp16);
  }
  for (const std::string method : {"pix2pix", "cyclegan", "srgan"}) {
    TrainingRequest request = default_request(method);
    if (method == "srgan") request.generator = "srresnet_leftthomas";
    const DataOptions& data = request.data;
    const int64_t side = data.crop_size;
    const int64_t side_a = data.kind == DataKind::photos ? side / data.scale : side;
    const PreparedTraining made =
        prepare(request, {data.batch_size, 3, side_a, side_a}, {data.batch_size, 3, side, side});
    std::vector<Plan> plans;
    for (const Phase& phase : made.method.stages.back().phases)
      plans.push_back(make_plan(*phase.graph, device, {.fold_constants = false}));
    note("train " + method, plans, uses);
  }
  return uses;
}

/// A device that tells what its compiler made.
class Compiler {
 public:
  Compiler() {
    auto app = structure<VkApplicationInfo>(VK_STRUCTURE_TYPE_APPLICATION_INFO);
    app.apiVersion = VK_API_VERSION_1_2;
    auto instance_info = structure<VkInstanceCreateInfo>(VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO);
    instance_info.pApplicationInfo = &app;
    check(vkCreateInstance(&instance_info, nullptr, &instance_), "vkCreateInstance");
    uint32_t count = 1;
    check(vkEnumeratePhysicalDevices(instance_, &count, &physical_), "no Vulkan device");
    if (count == 0) throw std::runtime_error("no Vulkan device");
    auto tells = structure<VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR);
    tells.pipelineExecutableInfo = VK_TRUE;
    auto storage = structure<VkPhysicalDevice16BitStorageFeatures>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES);
    storage.storageBuffer16BitAccess = VK_TRUE;
    tells.pNext = &storage;
    std::vector<const char*> extensions{VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME};
    auto float16 = structure<VkPhysicalDeviceShaderFloat16Int8Features>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES);
    auto memory_model = structure<VkPhysicalDeviceVulkanMemoryModelFeatures>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES);
    auto multiplies = structure<VkPhysicalDeviceCooperativeMatrixFeaturesKHR>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR);
    float16.shaderFloat16 = memory_model.vulkanMemoryModel = VK_TRUE;
    auto subgroups = structure<VkPhysicalDeviceSubgroupSizeControlFeatures>(
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES);
    memory_model.vulkanMemoryModelDeviceScope = VK_TRUE;
    subgroups.subgroupSizeControl = subgroups.computeFullSubgroups = VK_TRUE;
    multiplies.pNext = &subgroups;
    multiplies.cooperativeMatrix = VK_TRUE;
    memory_model.pNext = &multiplies;
    float16.pNext = &memory_model;
    find_matrices();
    if (matrices_.m > 0) {
      extensions.push_back(VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME);
      extensions.push_back(VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME);
      storage.pNext = &float16;
    }
    const float priority = 1;
    auto queue = structure<VkDeviceQueueCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO);
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;
    auto info = structure<VkDeviceCreateInfo>(VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO);
    info.pNext = &tells;
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queue;
    info.enabledExtensionCount = static_cast<uint32_t>(extensions.size());
    info.ppEnabledExtensionNames = extensions.data();
    check(vkCreateDevice(physical_, &info, nullptr, &device_), "vkCreateDevice");
  }
  ~Compiler() {
    vkDestroyDevice(device_, nullptr);
    vkDestroyInstance(instance_, nullptr);
  }
  Compiler(const Compiler&) = delete;
  Compiler& operator=(const Compiler&) = delete;

  std::string name() const {
    VkPhysicalDeviceProperties properties;
    vkGetPhysicalDeviceProperties(physical_, &properties);
    return properties.deviceName;
  }

  /// Of fp16 with sums in fp32, the largest that there is a kernel for; m is 0 where there are
  /// none.
  const DeviceProperties::MatrixShape& matrices() const { return matrices_; }

  /// Writes the machine code to `file`; returns the statistics.
  ordered_json compile(const std::string& kernel, const Constants& constants,
                       const std::filesystem::path& file) {
    const KernelInfo& info = kernel_info(kernel);
    const VkDescriptorSetLayout set = make_set_layout(info);
    const VkPushConstantRange push{VK_SHADER_STAGE_COMPUTE_BIT, 0, 128};
    auto layout_info =
        structure<VkPipelineLayoutCreateInfo>(VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO);
    layout_info.setLayoutCount = 1;
    layout_info.pSetLayouts = &set;
    layout_info.pushConstantRangeCount = 1;
    layout_info.pPushConstantRanges = &push;
    VkPipelineLayout layout = nullptr;
    check(vkCreatePipelineLayout(device_, &layout_info, nullptr, &layout), "pipeline layout");
    auto module_info =
        structure<VkShaderModuleCreateInfo>(VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO);
    module_info.codeSize = info.words.size_bytes();
    module_info.pCode = info.words.data();
    VkShaderModule module = nullptr;
    check(vkCreateShaderModule(device_, &module_info, nullptr, &module), "shader module");

    std::vector<VkSpecializationMapEntry> entries;
    std::vector<uint32_t> values;
    for (const auto& [id, value] : constants.entries()) {
      entries.push_back({id, static_cast<uint32_t>(values.size() * 4), 4});
      values.push_back(value);
    }
    const VkSpecializationInfo special{static_cast<uint32_t>(entries.size()), entries.data(),
                                       values.size() * 4, values.data()};
    auto create =
        structure<VkComputePipelineCreateInfo>(VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO);
    create.flags = VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR |
                   VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR;
    create.stage = structure<VkPipelineShaderStageCreateInfo>(
        VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO);
    create.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
    if (info.needs_matrices)  // as resources.cpp makes them
      create.stage.flags = VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT |
                           VK_PIPELINE_SHADER_STAGE_CREATE_ALLOW_VARYING_SUBGROUP_SIZE_BIT;
    create.stage.module = module;
    create.stage.pName = "main";
    create.stage.pSpecializationInfo = &special;
    create.layout = layout;
    VkPipeline pipeline = nullptr;
    check(vkCreateComputePipelines(device_, nullptr, 1, &create, nullptr, &pipeline), "pipeline");
    write_code(pipeline, file);
    ordered_json told = statistics(pipeline);
    vkDestroyPipeline(device_, pipeline, nullptr);
    vkDestroyShaderModule(device_, module, nullptr);
    vkDestroyPipelineLayout(device_, layout, nullptr);
    vkDestroyDescriptorSetLayout(device_, set, nullptr);
    return told;
  }

 private:
  void find_matrices() {
    const auto get = reinterpret_cast<PFN_vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR>(
        vkGetInstanceProcAddr(instance_, "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR"));
    uint32_t count = 0;
    vkEnumerateDeviceExtensionProperties(physical_, nullptr, &count, nullptr);
    std::vector<VkExtensionProperties> offered(count);
    vkEnumerateDeviceExtensionProperties(physical_, nullptr, &count, offered.data());
    const bool has = std::ranges::any_of(offered, [](const VkExtensionProperties& one) {
      return std::strcmp(one.extensionName, VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME) == 0;
    });
    if (!get || !has || get(physical_, &count, nullptr) != VK_SUCCESS) return;
    std::vector<VkCooperativeMatrixPropertiesKHR> all(
        count, structure<VkCooperativeMatrixPropertiesKHR>(
                   VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR));
    check(get(physical_, &count, all.data()), "cooperative matrices");
    DeviceProperties p;
    for (const VkCooperativeMatrixPropertiesKHR& one : all)
      if (one.AType == VK_COMPONENT_TYPE_FLOAT16_KHR && one.scope == VK_SCOPE_SUBGROUP_KHR &&
          one.ResultType == VK_COMPONENT_TYPE_FLOAT32_KHR)
        p.matrix_shapes.push_back({one.MSize, one.NSize, one.KSize});
    std::ranges::sort(p.matrix_shapes, std::ranges::greater());
    matrices_ = matrix_shape(p);
  }

  VkDescriptorSetLayout make_set_layout(const KernelInfo& info) {
    using Kind = KernelInfo::Resource::Kind;
    std::vector<VkDescriptorSetLayoutBinding> bindings;
    for (size_t i = 0; i < info.bindings.size(); ++i) {
      const Kind kind = info.bindings[i].kind;
      if (kind == Kind::none) continue;
      const VkDescriptorType type = kind == Kind::texel ? VK_DESCRIPTOR_TYPE_UNIFORM_TEXEL_BUFFER
                                    : kind == Kind::uniform ? VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER
                                                            : VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
      bindings.push_back({static_cast<uint32_t>(i), type, 1, VK_SHADER_STAGE_COMPUTE_BIT, nullptr});
    }
    auto create = structure<VkDescriptorSetLayoutCreateInfo>(
        VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO);
    create.bindingCount = static_cast<uint32_t>(bindings.size());
    create.pBindings = bindings.data();
    VkDescriptorSetLayout set = nullptr;
    check(vkCreateDescriptorSetLayout(device_, &create, nullptr, &set), "descriptor set layout");
    return set;
  }

  template <class Function>
  Function function(const char* name) const {
    return reinterpret_cast<Function>(vkGetDeviceProcAddr(device_, name));
  }

  static VkPipelineExecutableInfoKHR only_executable(VkPipeline pipeline) {
    auto info =
        structure<VkPipelineExecutableInfoKHR>(VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR);
    info.pipeline = pipeline;
    return info;
  }

  ordered_json statistics(VkPipeline pipeline) const {
    const auto get =
        function<PFN_vkGetPipelineExecutableStatisticsKHR>("vkGetPipelineExecutableStatisticsKHR");
    const VkPipelineExecutableInfoKHR info = only_executable(pipeline);
    uint32_t count = 0;
    check(get(device_, &info, &count, nullptr), "statistics");
    std::vector<VkPipelineExecutableStatisticKHR> all(
        count, structure<VkPipelineExecutableStatisticKHR>(
                   VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR));
    check(get(device_, &info, &count, all.data()), "statistics");
    ordered_json told;
    for (const VkPipelineExecutableStatisticKHR& one : all)
      if (one.format == VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_FLOAT64_KHR)
        told[one.name] = one.value.f64;
      else
        told[one.name] = one.value.u64;
    return told;
  }

  void write_code(VkPipeline pipeline, const std::filesystem::path& file) const {
    const auto get = function<PFN_vkGetPipelineExecutableInternalRepresentationsKHR>(
        "vkGetPipelineExecutableInternalRepresentationsKHR");
    const VkPipelineExecutableInfoKHR info = only_executable(pipeline);
    uint32_t count = 0;
    check(get(device_, &info, &count, nullptr), "machine code");
    std::vector<VkPipelineExecutableInternalRepresentationKHR> all(
        count, structure<VkPipelineExecutableInternalRepresentationKHR>(
                   VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR));
    check(get(device_, &info, &count, all.data()), "machine code");
    std::vector<std::string> texts(count);
    for (uint32_t i = 0; i < count; ++i) {
      texts[i].resize(all[i].dataSize);
      all[i].pData = texts[i].data();
    }
    check(get(device_, &info, &count, all.data()), "machine code");
    // Drivers go from the first form of a kernel to its last.
    if (!texts.empty()) std::ofstream(file) << texts.back().c_str();
  }

  VkInstance instance_ = nullptr;
  VkPhysicalDevice physical_ = nullptr;
  VkDevice device_ = nullptr;
  DeviceProperties::MatrixShape matrices_;
};

int report(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  Compiler compiler;
  const DeviceProperties::MatrixShape& its = compiler.matrices();
  ordered_json device = {{"device", compiler.name()}};
  if (its.m > 0) device["matrices"] = {its.m, its.n, its.k};
  std::cout << device << std::endl;
  const Uses uses = all_uses(its.m > 0 ? its : DeviceProperties::MatrixShape{16, 16, 16});
  int number = 0;
  for (const auto& [what, use] : uses) {
    std::string constants;
    for (const auto& [id, value] : what.second.entries())
      constants +=
          (constants.empty() ? "" : " ") + std::to_string(id) + "=" + std::to_string(value);
    const std::string file = what.first + "-" + std::to_string(number++) + ".txt";
    ordered_json line = {{"kernel", what.first},
                         {"constants", constants},
                         {"launches", use.launches},
                         {"gflop", use.flops / 1e9},
                         {"file", file}};
    if (kernel_info(what.first).needs_matrices && its.m == 0) {
      line["skipped"] = "no cooperative matrices";
    } else
      try {
        line["statistics"] = compiler.compile(what.first, what.second, folder / file);
      } catch (const std::runtime_error& error) {
        line["error"] = error.what();
      }
    std::cout << line << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace imago

int main(int argc, char** argv) {
  try {
    if (argc != 2) throw std::runtime_error("usage: gpu_report FOLDER");
    return imago::report(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << "gpu_report: " << error.what() << "\n";
    return 1;
  }
}

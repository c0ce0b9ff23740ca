#include "compute/vk/kernel_info.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "compute/base/error.h"
#include "shaders/shaders.h"

namespace imago {
namespace {

// SPIR-V 1.x, the numbers used here (Khronos SPIR-V specification, sections 3.20 to 3.52).
enum : uint32_t {
  kMagic = 0x07230203,
  kOpCapability = 17,
  kOpTypeInt = 21,
  kOpTypeFloat = 22,
  kOpTypeVector = 23,
  kOpTypeImage = 25,
  kOpTypeSampledImage = 27,
  kOpTypeArray = 28,
  kOpTypeRuntimeArray = 29,
  kOpTypeStruct = 30,
  kOpTypePointer = 32,
  kOpConstant = 43,
  kOpVariable = 59,
  kOpDecorate = 71,
  kOpMemberDecorate = 72,
  kDecorationArrayStride = 6,
  kDecorationNonWritable = 24,
  kDecorationBinding = 33,
  kDecorationOffset = 35,
  kStorageUniformConstant = 0,
  kStorageUniform = 2,
  kStoragePushConstant = 9,
  kStorageStorageBuffer = 12,
  kCapabilityFloat16 = 9,
  kCapabilityStorageBuffer16BitAccess = 4433,
  kCapabilityCooperativeMatrixKHR = 6022,
};

struct Module {
  struct Type {
    uint32_t op = 0;
    std::vector<uint32_t> operands;  // after the result id
  };
  struct Variable {
    uint32_t id, pointer_type, storage;
  };
  std::map<uint32_t, Type> types;
  std::map<uint32_t, uint32_t> constants, binding, array_stride;
  std::map<uint32_t, std::map<uint32_t, uint32_t>> member_offset;
  std::map<uint32_t, std::map<uint32_t, bool>> member_not_writable;
  std::map<uint32_t, bool> not_writable;
  std::vector<Variable> variables;
  std::set<uint32_t> capabilities;
};

void decorate(Module& module, std::span<const uint32_t> words) {
  const uint32_t decoration = words[2];
  if (decoration == kDecorationBinding) module.binding[words[1]] = words[3];
  if (decoration == kDecorationNonWritable) module.not_writable[words[1]] = true;
  if (decoration == kDecorationArrayStride) module.array_stride[words[1]] = words[3];
}

void read_instruction(Module& module, uint32_t op, std::span<const uint32_t> words) {
  switch (op) {
    case kOpCapability:
      module.capabilities.insert(words[1]);
      break;
    case kOpDecorate:
      decorate(module, words);
      break;
    case kOpMemberDecorate:
      if (words[3] == kDecorationOffset) module.member_offset[words[1]][words[2]] = words[4];
      if (words[3] == kDecorationNonWritable) module.member_not_writable[words[1]][words[2]] = true;
      break;
    case kOpTypeInt:
    case kOpTypeFloat:
    case kOpTypeVector:
    case kOpTypeImage:
    case kOpTypeSampledImage:
    case kOpTypeArray:
    case kOpTypeRuntimeArray:
    case kOpTypeStruct:
    case kOpTypePointer:
      module.types[words[1]] = {op, {words.begin() + 2, words.end()}};
      break;
    case kOpConstant:
      module.constants[words[2]] = words[3];
      break;
    case kOpVariable:
      module.variables.push_back({words[2], words[1], words[3]});
      break;
    default:
      break;
  }
}

Module parse(std::span<const uint32_t> words, const std::string& name) {
  if (words.size() < 5 || words[0] != kMagic)
    throw Error("kernel " + name + ": not a SPIR-V module");
  Module module;
  for (size_t at = 5; at < words.size();) {
    const uint32_t length = words[at] >> 16;
    if (length == 0 || at + length > words.size())
      throw Error("kernel " + name + ": broken SPIR-V at word " + std::to_string(at));
    read_instruction(module, words[at] & 0xffff, words.subspan(at, length));
    at += length;
  }
  return module;
}

uint32_t size_of_type(const Module& module, uint32_t id) {
  const Module::Type& type = module.types.at(id);
  switch (type.op) {
    case kOpTypeInt:
    case kOpTypeFloat:
      return type.operands[0] / 8;
    case kOpTypeVector:
      return size_of_type(module, type.operands[0]) * type.operands[1];
    case kOpTypeArray:
      return module.array_stride.at(id) * module.constants.at(type.operands[1]);
    case kOpTypeStruct: {
      uint32_t end = 0;
      for (uint32_t m = 0; m < type.operands.size(); ++m)
        end = std::max(end,
                       module.member_offset.at(id).at(m) + size_of_type(module, type.operands[m]));
      return end;
    }
    default:
      return 0;
  }
}

/// Of the numbers in what a storage buffer's block begins with.
uint32_t number_bytes(const Module& module, uint32_t id) {
  const Module::Type& type = module.types.at(id);
  switch (type.op) {
    case kOpTypeInt:
    case kOpTypeFloat:
      return type.operands[0] / 8;
    default:  // vectors, arrays and structs tell of their first part first
      return number_bytes(module, type.operands.at(0));
  }
}

bool is_read_only(const Module& module, const Module::Variable& variable, uint32_t struct_type) {
  if (module.not_writable.contains(variable.id)) return true;
  const auto members = module.member_not_writable.find(struct_type);
  return members != module.member_not_writable.end() &&
         members->second.size() == module.types.at(struct_type).operands.size();
}

}  // namespace

KernelInfo reflect(std::span<const uint32_t> words, const std::string& name) {
  using Kind = KernelInfo::Resource::Kind;
  const Module module = parse(words, name);
  KernelInfo info;
  info.words = words;
  info.needs_matrices = module.capabilities.contains(kCapabilityCooperativeMatrixKHR);
  if (module.capabilities.contains(kCapabilityFloat16) && !info.needs_matrices)
    throw Error("kernel " + name + ": computes with fp16, which no device is asked for");
  info.needs_storage_16bit = module.capabilities.contains(kCapabilityStorageBuffer16BitAccess);
  for (const Module::Variable& variable : module.variables) {
    const uint32_t pointee = module.types.at(variable.pointer_type).operands[1];
    if (variable.storage == kStoragePushConstant) info.push_bytes = size_of_type(module, pointee);
    KernelInfo::Resource resource;
    if (variable.storage == kStorageStorageBuffer)
      resource = {Kind::storage, !is_read_only(module, variable, pointee),
                  number_bytes(module, pointee)};
    else if (variable.storage == kStorageUniform)
      resource = {Kind::uniform, false, 0};
    else if (variable.storage == kStorageUniformConstant)
      resource = {Kind::texel, false, 0};
    else
      continue;
    const auto binding = module.binding.find(variable.id);
    if (binding == module.binding.end() || binding->second > 31)
      throw Error("kernel " + name + ": a resource without a binding number");
    if (info.bindings.size() <= binding->second) info.bindings.resize(binding->second + 1);
    info.bindings[binding->second] = resource;
  }
  return info;
}

const KernelInfo& kernel_info(const std::string& name) {
  const KernelInfo* kernel = find_kernel(name);
  if (!kernel) throw Error("there is no kernel named " + name);
  return *kernel;
}

const KernelInfo* find_kernel(const std::string& name) {
  static std::mutex mutex;
  static std::map<std::string, KernelInfo> known;
  const std::lock_guard lock(mutex);
  const auto found = known.find(name);
  if (found != known.end()) return &found->second;
  const std::span<const uint32_t> words = find_shader(name);
  if (words.empty()) return nullptr;
  return &known.emplace(name, reflect(words, name)).first->second;
}

}  // namespace imago

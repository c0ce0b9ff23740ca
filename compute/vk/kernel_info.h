// What a kernel's SPIR-V says about its interface.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace imago {

/// The specialization constant that the device itself sets: kBroadcasts of lanes.glsl.
constexpr uint32_t kBroadcastsId = 100;

struct KernelInfo {
  struct Resource {
    enum class Kind { none, storage, uniform, texel };  // none: a number the kernel does not use
    Kind kind = Kind::none;
    bool written = false;
    uint32_t number_bytes = 0;  // of the numbers in a storage buffer: 4 or 2
  };
  std::span<const uint32_t> words;
  std::vector<Resource> bindings;  // by binding number, of descriptor set 0
  uint32_t push_bytes = 0;
  bool needs_storage_16bit = false;  // DeviceProperties::storage_16bit
  bool needs_matrices = false;       // DeviceProperties::matrix_shapes
};

/// Reflects a module: a small parser of the few instructions that matter. Throws Error for
/// anything that is not a compute kernel of the kind in shaders/.
KernelInfo reflect(std::span<const uint32_t> words, const std::string& name);

/// The reflected kernel shaders/<name>.comp or a form of one (shaders.h), parsed once. Throws Error
/// if there is none.
const KernelInfo& kernel_info(const std::string& name);
/// The same; null if there is none.
const KernelInfo* find_kernel(const std::string& name);

}  // namespace imago

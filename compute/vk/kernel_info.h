// What a kernel's SPIR-V says about its interface.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace imago {

struct KernelInfo {
  struct Resource {
    enum class Kind { none, storage, uniform, texel };  // none: a number the kernel does not use
    Kind kind = Kind::none;
    bool written = false;
  };
  std::span<const uint32_t> words;
  std::vector<Resource> bindings;  // by binding number, of descriptor set 0
  uint32_t push_bytes = 0;
};

/// Reflects a module: a small parser of the few instructions that matter. Throws Error for
/// anything that is not a compute kernel of the kind in shaders/.
KernelInfo reflect(std::span<const uint32_t> words, const std::string& name);

/// The reflected kernel shaders/<name>.comp, parsed once. Throws Error if there is none.
const KernelInfo& kernel_info(const std::string& name);

}  // namespace imago

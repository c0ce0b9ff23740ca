// The SPIR-V of every kernel in this folder, embedded at build time.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace imago {

/// The words of shaders/<name>.comp or, named <kernel>.half and <kernel>.mixed, of its forms for
/// fp16 (include/storage.glsl), which are all that those of cooperative/ have; empty if there is no
/// such kernel.
std::span<const uint32_t> find_shader(std::string_view name);

/// A number that changes whenever any kernel does.
uint64_t shaders_fingerprint();

}  // namespace imago

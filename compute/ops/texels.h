// Flat kernels that read texels instead of four numbers (shaders/*_texel.comp).
#pragma once

#include "compute/ops/intervals.h"
#include "compute/plan/lowering.h"

namespace imago {

inline constexpr int64_t kTexelRounds = 4;  // of an invocation: shaders/include/rounds.glsl

/// Whether values of so many elements can be read as texels of one, and had better be: on CPU
/// drivers.
inline bool prefers_texels(const DeviceProperties& device, int64_t elements) {
  return device.kind == DeviceProperties::Kind::cpu &&
         elements <= static_cast<int64_t>(device.max_texel_elements);
}

/// The same of four neighbouring elements.
inline bool prefers_flat_texels(const DeviceProperties& device, int64_t elements) {
  return elements % 4 == 0 && prefers_texels(device, elements / 4);
}

/// Groups for kernels that use texel_of_round().
inline std::array<uint32_t, 3> texel_groups(const Lowering& lowering, int64_t elements) {
  return lowering.flat_groups(ceil_div(elements, 4 * kTexelRounds));
}

inline Binding as_texels4(Binding binding) {
  binding.texel4 = true;
  return binding;
}

}  // namespace imago

// Launching kernels that walk over planes (shaders/include/planes.glsl).
#pragma once

#include <algorithm>
#include <array>

#include "compute/plan/lowering.h"

namespace imago {

/// Groups for `images` x `channels` planes of `pixels` elements.
inline std::array<uint32_t, 3> plane_groups(const Lowering& lowering, int64_t pixels,
                                            int64_t channels, int64_t images) {
  constexpr int64_t kPerGroup = 64 * 4;  // invocations times pixels each of them does
  const int64_t most = lowering.device().max_groups[0];
  return {static_cast<uint32_t>(std::min((pixels + kPerGroup - 1) / kPerGroup, most)),
          static_cast<uint32_t>(channels), static_cast<uint32_t>(images)};
}

/// The same for the planes of a tensor.
inline std::array<uint32_t, 3> plane_groups(const Lowering& lowering, const Shape& shape) {
  return plane_groups(lowering, shape.h * shape.w, shape.c, shape.n);
}

}  // namespace imago

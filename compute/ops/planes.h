// Launching kernels that walk over planes (shaders/include/planes.glsl).
#pragma once

#include <algorithm>
#include <array>
#include <utility>

#include "compute/plan/lowering.h"

namespace imago {

/// `dispatch` with the groups for `images` x `channels` planes of `pixels` elements. On CPU drivers
/// a workgroup is one vector of invocations, each of which does many pixels: there an invocation
/// costs as much as some ten of them, and most workgroups of 64 would be idle lanes where planes
/// are small.
inline Dispatch over_planes(const Lowering& lowering, int64_t pixels, int64_t channels,
                            int64_t images, Dispatch dispatch) {
  constexpr uint32_t kInvocationsId = 20;
  const DeviceProperties& device = lowering.device();
  const bool cpu = device.kind == DeviceProperties::Kind::cpu;
  const int64_t invocations = cpu ? device.subgroup_size : 64, each = cpu ? 32 : 4;
  if (cpu) dispatch.constants.set(kInvocationsId, static_cast<uint32_t>(invocations));
  const int64_t per_group = invocations * each, most = device.max_groups[0];
  dispatch.groups = {static_cast<uint32_t>(std::min((pixels + per_group - 1) / per_group, most)),
                     static_cast<uint32_t>(channels), static_cast<uint32_t>(images)};
  return dispatch;
}

/// The same for the planes of a tensor.
inline Dispatch over_planes(const Lowering& lowering, const Shape& shape, Dispatch dispatch) {
  return over_planes(lowering, shape.h * shape.w, shape.c, shape.n, std::move(dispatch));
}

}  // namespace imago

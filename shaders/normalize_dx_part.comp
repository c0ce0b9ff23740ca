// Gradient of normalisation, first step, as normalize_dx_sums.comp, of groups that are too large for a
// workgroup's registers: a workgroup reads one part of a group (parts.glsl) and writes
// sums[group, part] = {sum dy, sum dy * x_hat}.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(std430, binding = 0) readonly buffer Dy { store_t dy[]; };
layout(std430, binding = 0) readonly buffer Dy4 { store4_t dy4[]; };
layout(std430, binding = 1) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) readonly buffer X4 { store4_t x4[]; };
layout(std430, binding = 2) readonly buffer Moments { float moments[]; };
layout(std430, binding = 3) writeonly buffer Sums { float sums[]; };
layout(push_constant) uniform Push {
  uint groups, per_group;  // parts of each group
  uint pixels, plane_step, units;
};
#define sum_t vec2
#include "part_dy.glsl"

void main() {
  uint i = workgroup_index();
  if (i >= groups * per_group) return;
  uint group = i / per_group;
  uint part = i - group * per_group;
  float rstd = moments[group * 3];
  float mean = moments[group * 3 + 1];
  float first = moments[group * 3 + 2];
  vec2 total = vec2(0.0);
  [[unroll]] for (int r = 0; r < kRounds; ++r) {
    vec4 d = part_dy(group, part, r);
    total += vec2(sum_of_four(d), sum_of_four(d * (relative_x(group, part, r, first) - mean)));
  }
  total = workgroup_sum(total);
  if (gl_LocalInvocationIndex > 0) return;
  sums[i * 2] = total.x;
  sums[i * 2 + 1] = total.y * rstd;
}

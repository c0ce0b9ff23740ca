// Gradient of normalisation of groups that a workgroup holds in registers, each of them read once,
// with the statistics of normalize_whole.comp or moments_combine.comp:
//   dx = (dy - mean dy - x_hat * mean(dy * x_hat)) * rstd * scale,   x_hat = (x - mean) * rstd
// NCHW; scale per channel. What a group is, and how a workgroup takes it, is said in parts.glsl. Writes
// {mean dy, mean dy * x_hat} of each group as well, of which the gradients of scale and shift are made.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(constant_id = 5) const bool kHasScale = false;

layout(std430, binding = 0) readonly buffer Dy { store_t dy[]; };
layout(std430, binding = 0) readonly buffer Dy4 { store4_t dy4[]; };
layout(std430, binding = 1) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) readonly buffer X4 { store4_t x4[]; };
layout(std430, binding = 2) readonly buffer Moments { float moments[]; };
layout(std430, binding = 3) readonly buffer Scale { float scale[]; };
layout(std430, binding = 4) writeonly buffer Dx { store_t dx[]; };
layout(std430, binding = 4) writeonly buffer Dx4 { store4_t dx4[]; };
layout(std430, binding = 5) writeonly buffer Means { float means[]; };
layout(push_constant) uniform Push {
  uint groups, channels;
  uint pixels, plane_step, units;
};
#define sum_t vec2
#include "part_dy.glsl"

vec4 gradients[kRounds], centred[kRounds];

void main() {
  uint group = workgroup_index();
  if (group >= groups) return;
  float rstd = moments[group * 3];
  float mean = moments[group * 3 + 1];
  float first = moments[group * 3 + 2];
  vec2 sums = vec2(0.0);
  [[unroll]] for (int r = 0; r < kRounds; ++r) {
    gradients[r] = part_dy(group, 0, r);
    centred[r] = relative_x(group, 0, r, first) - mean;
    sums += vec2(sum_of_four(gradients[r]), sum_of_four(gradients[r] * centred[r]));
  }
  vec2 averages = workgroup_sum(sums) / float(units * kUnitElements) * vec2(1.0, rstd);
  if (gl_LocalInvocationIndex == 0) {
    means[group * 2] = averages.x;
    means[group * 2 + 1] = averages.y;
  }

  float slope = averages.y * rstd;
  float factor = kHasScale ? rstd * scale[group % channels] : rstd;
  [[unroll]] for (int r = 0; r < kRounds; ++r) {
    vec4 v = (gradients[r] - averages.x - centred[r] * slope) * factor;
    if (kFours) {
      uint unit = unit_of(0, r, 0);
      if (unit < units) dx4[place_of(group, unit)] = store4_t(v);
    } else {
      [[unroll]] for (int k = 0; k < 4; ++k) {
        uint unit = unit_of(0, r, k);
        if (unit < units) dx[place_of(group, unit)] = store_t(v[k]);
      }
    }
  }
}

// Normalisation of groups that a workgroup holds in registers, each of them read once:
//   y = activation((x - mean) * rstd * scale + shift)
// NCHW; scale and shift per channel. What a group is, and how a workgroup takes it, is said in
// parts.glsl. The gradient wants {rstd, mean, first} as moments_combine.comp writes them.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "activation.glsl"

layout(constant_id = 5) const int kActivation = 0;
layout(constant_id = 6) const bool kHasScale = false;
layout(constant_id = 7) const bool kHasShift = false;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 0) readonly buffer X4 { store4_t x4[]; };
layout(std430, binding = 1) readonly buffer Scale { float scale[]; };
layout(std430, binding = 2) readonly buffer Shift { float shift[]; };
layout(std430, binding = 3) writeonly buffer Y { store_t y[]; };
layout(std430, binding = 3) writeonly buffer Y4 { store4_t y4[]; };
layout(std430, binding = 4) writeonly buffer Moments { float moments[]; };
layout(push_constant) uniform Push {
  uint groups, channels;
  uint pixels, plane_step, units;
  float epsilon, activation_a, activation_b;
};
#define sum_t float
#include "part_moments.glsl"

float activated(float v) { return activate(kActivation, v, activation_a, activation_b); }

void main() {
  uint group = workgroup_index();
  if (group >= groups) return;
  uint channel = group % channels;
  float first = acc_t(x[group * pixels * kUnitElements]);
  float count = float(units * kUnitElements);
  vec2 of_group = part_moments(group, 0, first, count);
  float mean = of_group.x;
  float rstd = 1.0 / sqrt(of_group.y / count + epsilon);
  if (gl_LocalInvocationIndex == 0) {
    moments[group * 3] = rstd;
    moments[group * 3 + 1] = mean;
    moments[group * 3 + 2] = first;
  }

  float factor = kHasScale ? rstd * scale[channel] : rstd;
  float offset = kHasShift ? shift[channel] : 0.0;
  [[unroll]] for (int r = 0; r < kRounds; ++r) {
    vec4 v = (values[r] - mean) * factor + offset;
    v = vec4(activated(v.x), activated(v.y), activated(v.z), activated(v.w));
    if (kFours) {
      uint unit = unit_of(0, r, 0);
      if (unit < units) y4[place_of(group, unit)] = store4_t(v);
    } else {
      [[unroll]] for (int k = 0; k < 4; ++k) {
        uint unit = unit_of(0, r, k);
        if (unit < units) y[place_of(group, unit)] = store_t(v[k]);
      }
    }
  }
}

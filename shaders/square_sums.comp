// y[p] = sum of x[e]^2 over the elements e that fall to p: those of group g = p / 64 are the 8192
// from 8192 g on, of which four in every 256 go to one invocation. Elements beyond the last count
// as zero. A NaN or an infinity in x shows in y. One invocation computes one element of y.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) writeonly buffer Y { float y[]; };
layout(std430, binding = 0) readonly buffer X4 { store4_t x4[]; };
layout(push_constant) uniform Push { uint count; uint results; };

const uint kRounds = 32;

void main() {
  uint p = flat_index();
  if (p >= results) return;
  uint four = p / 64 * (kRounds * 64) + p % 64;
  vec4 totals = vec4(0.0);
  for (uint round = 0; round < kRounds; ++round, four += 64) {
    if (four < count / 4) {
      vec4 v = vec4(x4[four]);
      totals += v * v;
    } else {
      for (uint e = 4 * four; e < min(4 * four + 4, count); ++e)
        totals.x += acc_t(x[e]) * acc_t(x[e]);
    }
  }
  y[p] = totals.x + totals.y + totals.z + totals.w;
}

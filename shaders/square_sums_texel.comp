// As square_sums.comp, to the same bits, for CPU drivers, which read a texel faster than four
// numbers. x is an R32G32B32A32_SFLOAT texel buffer: its elements are a multiple of four.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;

layout(binding = 0) uniform textureBuffer x;
layout(std430, binding = 1) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Push { uint count; uint results; };

const uint kRounds = 32;

void main() {
  uint p = flat_index();
  if (p >= results) return;
  uint four = p / 64 * (kRounds * 64) + p % 64;
  uint texels = count / 4;
  vec4 totals = vec4(0.0);
  for (uint round = 0; round < kRounds; ++round, four += 64) {
    vec4 v = texelFetch(x, int(min(four, texels - 1)));
    totals += four < texels ? v * v : vec4(0.0);
  }
  y[p] = totals.x + totals.y + totals.z + totals.w;
}

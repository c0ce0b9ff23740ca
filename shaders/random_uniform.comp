// y[i] = a number in [0, 1), a multiple of 2^-24: the upper bits of word i % 4 of the four words of
// index i / 4. One invocation computes four elements.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "random.glsl"

layout(local_size_x = 64) in;

layout(std430, binding = 0) writeonly buffer Y { store_t y[]; };
layout(std430, binding = 1) readonly buffer Step { StepParams step; };
layout(push_constant) uniform Push { uint count, stream; };

void main() {
  uint quad = flat_index();
  if (quad * 4 >= count) return;
  uvec4 words = random_words(step, stream, quad);
  for (uint k = 0; k < 4; ++k) {
    uint i = quad * 4 + k;
    if (i < count) y[i] = float(words[k] >> 8) * (1.0 / 16777216.0);
  }
}

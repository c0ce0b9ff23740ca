// y[i] = x[i] * scale with probability 1 - p, else 0: kept where the random word of element i is at
// least `threshold` = p * 2^32. Word i % 4 of the four words of index i / 4 belongs to element i.
// One invocation computes four elements.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "random.glsl"

layout(local_size_x = 64) in;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) writeonly buffer Y { store_t y[]; };
layout(std430, binding = 2) readonly buffer Step { StepParams step; };
layout(push_constant) uniform Push {
  uint count, stream, threshold;
  float scale;
};

void main() {
  uint quad = flat_index();
  if (quad * 4 >= count) return;
  uvec4 words = random_words(step, stream, quad);
  for (uint k = 0; k < 4; ++k) {
    uint i = quad * 4 + k;
    if (i < count) y[i] = store_t(words[k] >= threshold ? acc_t(x[i]) * scale : 0.0);
  }
}

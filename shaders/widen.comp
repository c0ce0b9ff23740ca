// y = x. Numbers of fp16 (in its HALF form) stored as fp32.
// One invocation converts four elements or, of the rest, one (common.glsl).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) writeonly buffer Y { float y[]; };
layout(std430, binding = 0) readonly buffer X4 { store4_t x4[]; };
layout(std430, binding = 1) writeonly buffer Y4 { vec4 y4[]; };
layout(push_constant) uniform Push { uint count; };

void main() {
  uint i = flat_index();
  uint single = element_of_rest(i, count);
  if (i < count / 4) {
    y4[i] = vec4(x4[i]);
  } else if (single < count) {
    y[single] = float(x[single]);
  }
}

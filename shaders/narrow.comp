// y = x. Numbers of fp32 stored as fp16 (only in its HALF form).
// One invocation converts four elements or, of the rest, one (common.glsl).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;

layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) writeonly buffer Y { store_t y[]; };
layout(std430, binding = 0) readonly buffer X4 { vec4 x4[]; };
layout(std430, binding = 1) writeonly buffer Y4 { store4_t y4[]; };
layout(push_constant) uniform Push { uint count; };

void main() {
  uint i = flat_index();
  uint single = element_of_rest(i, count);
  if (i < count / 4) {
    y4[i] = store4_t(x4[i]);
  } else if (single < count) {
    y[single] = store_t(x[single]);
  }
}

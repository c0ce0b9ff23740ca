// y = f(x), element by element; f is chosen by kOperation, its settings are a and b.
// One invocation computes one element.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "activation.glsl"

layout(local_size_x = 64) in;
layout(constant_id = 0) const int kOperation = 0;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) writeonly buffer Y { store_t y[]; };
layout(push_constant) uniform Push { uint count; float a; float b; };

void main() {
  uint i = flat_index();
  if (i >= count) return;
  y[i] = activate(kOperation, x[i], a, b);
}

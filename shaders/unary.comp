// y = f(x), element by element; f is chosen by kOperation, its settings are a and b.
// One invocation computes four elements or, of the rest, one (common.glsl).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "activation.glsl"

layout(local_size_x = 64) in;
layout(constant_id = 0) const int kOperation = 0;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) writeonly buffer Y { store_t y[]; };
layout(std430, binding = 0) readonly buffer X4 { store4_t x4[]; };
layout(std430, binding = 1) writeonly buffer Y4 { store4_t y4[]; };
layout(push_constant) uniform Push { uint count; float a; float b; };

void main() {
  uint i = flat_index();
  uint single = element_of_rest(i, count);
  if (i < count / 4) {
    vec4 v = vec4(x4[i]);
    y4[i] = store4_t(vec4(activate(kOperation, v.x, a, b), activate(kOperation, v.y, a, b),
                          activate(kOperation, v.z, a, b), activate(kOperation, v.w, a, b)));
  } else if (single < count) {
    y[single] = store_t(activate(kOperation, acc_t(x[single]), a, b));
  }
}

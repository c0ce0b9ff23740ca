// As unary.comp, to the same bits, for CPU drivers, which read a texel faster than four numbers. x is
// an R32G32B32A32_SFLOAT texel buffer: its elements are a multiple of four.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "activation.glsl"
#include "rounds.glsl"

layout(local_size_x = 64) in;
layout(constant_id = 0) const int kOperation = 0;

layout(binding = 0) uniform textureBuffer x;
layout(std430, binding = 1) writeonly buffer Y { store4_t y[]; };
layout(push_constant) uniform Push { int texels; float a; float b; };

void main() {
  [[unroll]] for (int round = 0; round < kRounds; ++round) {
    int i = texel_of_round(round);
    vec4 v = texelFetch(x, min(i, texels - 1));
    vec4 value = vec4(activate(kOperation, v.x, a, b), activate(kOperation, v.y, a, b),
                      activate(kOperation, v.z, a, b), activate(kOperation, v.w, a, b));
    if (i < texels) y[i] = store4_t(value);
  }
}

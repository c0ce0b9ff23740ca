// As binary.comp with operands of y's shape, to the same bits, for CPU drivers, which read a texel
// faster than four numbers. a and b are R32G32B32A32_SFLOAT texel buffers: the elements are a multiple
// of four.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "binary.glsl"
#include "rounds.glsl"

layout(local_size_x = 64) in;

layout(binding = 0) uniform textureBuffer a;
layout(binding = 1) uniform textureBuffer b;
layout(std430, binding = 2) writeonly buffer Y { store4_t y[]; };
layout(push_constant) uniform Push {
  int texels;
  float setting_a, setting_b;
};

void main() {
  [[unroll]] for (int round = 0; round < kRounds; ++round) {
    int i = texel_of_round(round);
    int at = min(i, texels - 1);
    vec4 value = combine(texelFetch(a, at), texelFetch(b, at), setting_a, setting_b);
    if (i < texels) y[i] = store4_t(value);
  }
}

// As update.comp, to the same bits, for CPU drivers, which read a texel faster than four numbers.
// Parameter, gradient and moments are bound as R32G32B32A32_SFLOAT texel buffers to read from, and
// but for the gradient as storage buffers to write to: an invocation reads what it will write, and
// nobody else does. Their elements are a multiple of four.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "random.glsl"
#include "rounds.glsl"
#include "update.glsl"

layout(local_size_x = 64) in;

layout(binding = 0) uniform textureBuffer p;
layout(binding = 1) uniform textureBuffer g;
layout(binding = 2) uniform textureBuffer m;
layout(binding = 3) uniform textureBuffer v;
layout(std430, binding = 5) writeonly buffer NewP { vec4 new_p[]; };
layout(std430, binding = 6) writeonly buffer NewM { vec4 new_m[]; };
layout(std430, binding = 7) writeonly buffer NewV { vec4 new_v[]; };
layout(std430, binding = 8) readonly buffer Guard { float guard[]; };

void main() {
  if (GUARDED && !is_finite(guard[0])) return;
  int texels = int(count / 4);
  [[unroll]] for (int round = 0; round < kRounds; ++round) {
    int i = texel_of_round(round);
    int at = min(i, texels - 1);
    State old = State(texelFetch(p, at), vec4(0.0), vec4(0.0));
    if (has_m()) old.m = texelFetch(m, at);
    if (has_v()) old.v = texelFetch(v, at);
    State now = updated(old, texelFetch(g, at));
    if (i < texels) {
      new_p[i] = now.p;
      if (has_m()) new_m[i] = now.m;
      if (has_v()) new_v[i] = now.v;
    }
  }
}

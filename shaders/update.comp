// Overwrites a parameter and its moments (include/update.glsl). One invocation updates four elements
// or, of the rest, one (common.glsl).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "random.glsl"
#include "update.glsl"

layout(local_size_x = 64) in;

layout(std430, binding = 0) buffer P { float p[]; };
layout(std430, binding = 1) readonly buffer G { float g[]; };
layout(std430, binding = 2) buffer M { float m[]; };
layout(std430, binding = 3) buffer V { float v[]; };
layout(std430, binding = 0) buffer P4 { vec4 p4[]; };
layout(std430, binding = 1) readonly buffer G4 { vec4 g4[]; };
layout(std430, binding = 2) buffer M4 { vec4 m4[]; };
layout(std430, binding = 3) buffer V4 { vec4 v4[]; };
layout(std430, binding = 5) readonly buffer Guard { float guard[]; };

void main() {
  if (GUARDED && !is_finite(guard[0])) return;
  uint i = flat_index();
  uint single = element_of_rest(i, count);
  State old = State(vec4(0.0), vec4(0.0), vec4(0.0));
  if (i < count / 4) {
    old.p = p4[i];
    if (has_m()) old.m = m4[i];
    if (has_v()) old.v = v4[i];
    State now = updated(old, g4[i]);
    p4[i] = now.p;
    if (has_m()) m4[i] = now.m;
    if (has_v()) v4[i] = now.v;
  } else if (single < count) {
    old.p.x = p[single];
    if (has_m()) old.m.x = m[single];
    if (has_v()) old.v.x = v[single];
    State now = updated(old, vec4(g[single]));
    p[single] = now.p.x;
    if (has_m()) m[single] = now.m.x;
    if (has_v()) v[single] = now.v.x;
  }
}

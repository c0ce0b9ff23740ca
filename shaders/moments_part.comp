// First step of normalisation, as moments.comp, of groups that are too large for a workgroup's
// registers: a workgroup reads one part of a group (parts.glsl) and writes parts[group, part] =
// {mean, m2, count}, the mean relative to the first element of the group.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 0) readonly buffer X4 { store4_t x4[]; };
layout(std430, binding = 1) writeonly buffer Parts { float parts[]; };
layout(push_constant) uniform Push {
  uint groups, per_group;  // parts of each group
  uint pixels, plane_step, units;
};
#define sum_t float
#include "part_moments.glsl"

void main() {
  uint i = workgroup_index();
  if (i >= groups * per_group) return;
  uint group = i / per_group;
  uint part = i - group * per_group;
  float first = acc_t(x[group * pixels * kUnitElements]);
  float count = float(min(kPartUnits, units - part * kPartUnits) * kUnitElements);
  vec2 of_part = part_moments(group, part, first, count);
  if (gl_LocalInvocationIndex > 0) return;
  parts[i * 3] = of_part.x;
  parts[i * 3 + 1] = of_part.y;
  parts[i * 3 + 2] = count;
}

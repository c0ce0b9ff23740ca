// As binary.comp with kShapes 1, to the same bits, for CPU drivers, which read a texel faster than four
// numbers: y = f(a, b), where each operand has y's planes, broadcast or not over channels and images,
// or planes of one element. An operand is a texel buffer, R32G32B32A32_SFLOAT where it has planes
// (kPlanesA, kPlanesB) and R32_SFLOAT where it has single elements. A plane is a multiple of four
// elements; workgroups along y and z are channels and images (planes.glsl).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "storage.glsl"
#include "binary.glsl"
#include "planes.glsl"

layout(constant_id = 1) const bool kPlanesA = true;
layout(constant_id = 2) const bool kPlanesB = true;

layout(binding = 0) uniform textureBuffer a;
layout(binding = 1) uniform textureBuffer b;
layout(std430, binding = 2) writeonly buffer Y { store4_t y[]; };
layout(push_constant) uniform Push {
  uint texels;  // of a plane of y
  float setting_a, setting_b;
  uint image_a, channel_a, image_b, channel_b;  // planes of an operand per step; 0 where broadcast
};

void main() {
  const int plane_a = int(gl_WorkGroupID.z * image_a + gl_WorkGroupID.y * channel_a);
  const int plane_b = int(gl_WorkGroupID.z * image_b + gl_WorkGroupID.y * channel_b);
  const vec4 single_a = kPlanesA ? vec4(0.0) : vec4(texelFetch(a, plane_a).r);
  const vec4 single_b = kPlanesB ? vec4(0.0) : vec4(texelFetch(b, plane_b).r);
  for (uint p = first_pixel(); p < texels; p += pixel_step()) {
    const vec4 value_a = kPlanesA ? texelFetch(a, plane_a * int(texels) + int(p)) : single_a;
    const vec4 value_b = kPlanesB ? texelFetch(b, plane_b * int(texels) + int(p)) : single_b;
    y[plane_index() * texels + p] = store4_t(combine(value_a, value_b, setting_a, setting_b));
  }
}

// As normalize.comp, to the same bits, for CPU drivers, which read a texel faster than four numbers.
// x is an R32G32B32A32_SFLOAT texel buffer: its planes are a multiple of four elements.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "activation.glsl"
#include "planes.glsl"

layout(constant_id = 0) const int ACTIVATION = 0;
layout(constant_id = 1) const bool HAS_SCALE = false;
layout(constant_id = 2) const bool HAS_SHIFT = false;
layout(constant_id = 3) const bool ACROSS_IMAGES = false;  // one group per channel, of all images

layout(binding = 0) uniform textureBuffer x;
layout(std430, binding = 1) readonly buffer Moments { float moments[]; };
layout(std430, binding = 2) readonly buffer Scale { float scale[]; };
layout(std430, binding = 3) readonly buffer Shift { float shift[]; };
layout(std430, binding = 4) writeonly buffer Y { store4_t y[]; };
layout(push_constant) uniform Push {
  uint texels;  // of a plane
  float activation_a, activation_b;
};

void main() {
  uint channel = gl_WorkGroupID.y;
  uint base = plane_index() * texels;
  uint group = (ACROSS_IMAGES ? channel : plane_index()) * 3;
  float factor = moments[group];
  float mean = moments[group + 1];
  float first = moments[group + 2];
  if (HAS_SCALE) factor *= scale[channel];
  float offset = HAS_SHIFT ? shift[channel] : 0.0;
  for (uint p = first_pixel(); p < texels; p += pixel_step()) {
    vec4 v = ((texelFetch(x, int(base + p)) - first) - mean) * factor + offset;
    y[base + p] = store4_t(vec4(activate(ACTIVATION, v.x, activation_a, activation_b),
                                activate(ACTIVATION, v.y, activation_a, activation_b),
                                activate(ACTIVATION, v.z, activation_a, activation_b),
                                activate(ACTIVATION, v.w, activation_a, activation_b)));
  }
}

// Last step of normalisation, with the statistics of moments_combine.comp:
//   y = activation((x - mean) * rstd * scale + shift)
// NCHW; scale and shift per channel. Workgroups along y and z are channels and images
// (planes.glsl); one invocation computes a few pixels of one plane.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "activation.glsl"
#include "planes.glsl"

layout(constant_id = 0) const int ACTIVATION = 0;
layout(constant_id = 1) const bool HAS_SCALE = false;
layout(constant_id = 2) const bool HAS_SHIFT = false;
layout(constant_id = 3) const bool ACROSS_IMAGES = false;  // one group per channel, of all images

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) readonly buffer Moments { float moments[]; };
layout(std430, binding = 2) readonly buffer Scale { float scale[]; };
layout(std430, binding = 3) readonly buffer Shift { float shift[]; };
layout(std430, binding = 4) writeonly buffer Y { store_t y[]; };
layout(push_constant) uniform Push {
  uint pixels;
  float activation_a, activation_b;
};

void main() {
  uint channel = gl_WorkGroupID.y;
  uint base = plane_index() * pixels;
  uint group = (ACROSS_IMAGES ? channel : plane_index()) * 3;
  float factor = moments[group];
  float mean = moments[group + 1];
  float first = moments[group + 2];
  if (HAS_SCALE) factor *= scale[channel];
  float offset = HAS_SHIFT ? shift[channel] : 0.0;
  for (uint p = first_pixel(); p < pixels; p += pixel_step()) {
    float centred = (acc_t(x[base + p]) - first) - mean;
    y[base + p] =
        store_t(activate(ACTIVATION, centred * factor + offset, activation_a, activation_b));
  }
}

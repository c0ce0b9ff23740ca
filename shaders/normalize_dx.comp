// Gradient of normalisation, last step, with the statistics of moments_combine.comp and the means
// {mean dy, mean dy * x_hat} of normalize_dx_join.comp:
//   dx = (dy - mean dy - x_hat * mean(dy * x_hat)) * rstd * scale,   x_hat = (x - mean) * rstd
// NCHW; scale per channel. Workgroups along y and z are channels and images (planes.glsl); one
// invocation computes a few pixels of one plane.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"

layout(constant_id = 0) const bool ACROSS_IMAGES = false;  // one group per channel, of all images
layout(constant_id = 1) const bool HAS_SCALE = false;

layout(std430, binding = 0) readonly buffer Dy { store_t dy[]; };
layout(std430, binding = 1) readonly buffer X { store_t x[]; };
layout(std430, binding = 2) readonly buffer Moments { float moments[]; };
layout(std430, binding = 3) readonly buffer Means { float means[]; };
layout(std430, binding = 4) writeonly buffer Dx { store_t dx[]; };
layout(std430, binding = 5) readonly buffer Scale { float scale[]; };
layout(push_constant) uniform Push { uint pixels; };

void main() {
  uint base = plane_index() * pixels;
  uint group = ACROSS_IMAGES ? gl_WorkGroupID.y : plane_index();
  float rstd = moments[group * 3];
  float mean = moments[group * 3 + 1];
  float first = moments[group * 3 + 2];
  float mean_dy = means[group * 2];
  float slope = means[group * 2 + 1] * rstd;
  float factor = HAS_SCALE ? rstd * scale[gl_WorkGroupID.y] : rstd;
  for (uint p = first_pixel(); p < pixels; p += pixel_step()) {
    float centred = (acc_t(x[base + p]) - first) - mean;
    dx[base + p] = store_t((acc_t(dy[base + p]) - mean_dy - centred * slope) * factor);
  }
}

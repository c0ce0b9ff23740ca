// Pixels from channels and back (Shi et al. 2016), with r = FACTOR, all NCHW:
//   shuffle    y[n,c,i,j] = x[n, c*r*r + (i % r)*r + j % r, i / r, j / r]
//   unshuffle  y[n, c*r*r + a*r + b, i, j] = x[n, c, i*r + a, j*r + b]
// Workgroups along y and z are channels and images (planes.glsl); one invocation moves a few pixels
// of one plane of y.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"

layout(constant_id = 0) const bool UNSHUFFLE = false;
layout(constant_id = 1) const uint FACTOR = 2;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) writeonly buffer Y { store_t y[]; };
layout(push_constant) uniform Push {
  uint pixels, width;  // of y
  uint x_pixels, x_width;
};

void main() {
  const uint square = FACTOR * FACTOR;
  uint plane = plane_index();
  for (uint p = first_pixel(); p < pixels; p += pixel_step()) {
    uint i = p / width;
    uint j = p - i * width;
    uint from;
    if (UNSHUFFLE) {
      uint part = plane % square;
      from = plane / square * x_pixels + (i * FACTOR + part / FACTOR) * x_width + j * FACTOR +
             part % FACTOR;
    } else {
      uint part = i % FACTOR * FACTOR + j % FACTOR;
      from = (plane * square + part) * x_pixels + i / FACTOR * x_width + j / FACTOR;
    }
    y[plane * pixels + p] = x[from];
  }
}

// The largest of each block of FACTOR x FACTOR pixels, NCHW; or, where TAKES, what v has at its place:
//   y[i,j] = v[place of the largest x of the block]
// What is not a number counts as the largest; of equals the first. Pixels beyond the last whole block are
// not looked at. Workgroups along y and z are channels and images (planes.glsl).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"
#include "max_pool.glsl"

layout(constant_id = 1) const bool TAKES = false;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) readonly buffer V { store_t v[]; };
layout(std430, binding = 2) writeonly buffer Y { store_t y[]; };
layout(push_constant) uniform Push {
  uint pixels, width;      // of y
  uint x_pixels, x_width;  // of x
};

void main() {
  const uint from = plane_index() * x_pixels;
  const uint to = plane_index() * pixels;
  for (uint p = first_pixel(); p < pixels; p += pixel_step()) {
    const uint row = p / width;
    const uint block = from + FACTOR * (row * x_width + p - row * width);
    Largest largest = Largest(acc_t(x[block]), 0);
    for (uint k = 1; k < FACTOR * FACTOR; ++k)
      look_at(acc_t(x[block + k / FACTOR * x_width + k % FACTOR]), k, largest);
    if (TAKES)
      y[to + p] = store_t(acc_t(v[block + largest.place / FACTOR * x_width + largest.place % FACTOR]));
    else
      y[to + p] = store_t(largest.value);
  }
}

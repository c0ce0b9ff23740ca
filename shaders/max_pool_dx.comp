// The gradient of max_pool.comp with respect to x: dy at the place of the largest of each block, zeros
// elsewhere. Workgroups along y and z are channels and images (planes.glsl); one invocation writes a
// block of dx, at the bottom and the right also what is left over.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"
#include "max_pool.glsl"

layout(std430, binding = 0) readonly buffer Dy { store_t dy[]; };
layout(std430, binding = 1) readonly buffer X { store_t x[]; };
layout(std430, binding = 2) writeonly buffer Dx { store_t dx[]; };
layout(push_constant) uniform Push {
  uint blocks, across;      // of a plane of x and of a row, with those that are not whole
  uint height, width;       // of x
  uint dy_height, dy_width;
};

void main() {
  const uint from = plane_index() * dy_height * dy_width;
  const uint plane = plane_index() * height * width;
  for (uint p = first_pixel(); p < blocks; p += pixel_step()) {
    const uint i = p / across;
    const uint j = p - i * across;
    const bool whole = i < dy_height && j < dy_width;
    const uint block = plane + FACTOR * (i * width + j);
    Largest largest = Largest(acc_t(x[block]), 0);
    if (whole)
      for (uint k = 1; k < FACTOR * FACTOR; ++k)
        look_at(acc_t(x[block + k / FACTOR * width + k % FACTOR]), k, largest);
    const acc_t given = whole ? acc_t(dy[from + i * dy_width + j]) : 0.0;
    for (uint k = 0; k < FACTOR * FACTOR; ++k)
      if (whole || (FACTOR * i + k / FACTOR < height && FACTOR * j + k % FACTOR < width))
        dx[block + k / FACTOR * width + k % FACTOR] =
            store_t(k == largest.place ? given : 0.0);
  }
}

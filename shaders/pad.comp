// y = x with a border around each plane: y[n,c,i,j] = x[n,c,at(i - top),at(j - left)], where at()
// brings positions outside x back into it as MODE says (or the value is zero).
// NCHW. Workgroups along y and z are channels and images (planes.glsl); one invocation computes a
// few pixels of one plane of y.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"

layout(constant_id = 0) const uint MODE = 0;  // PadMode of compute/ops.h

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) writeonly buffer Y { store_t y[]; };
layout(push_constant) uniform Push {
  uint pixels, width;  // of y
  int x_height, x_width, top, left;
};

const uint ZERO = 0;
const uint REFLECT = 1;    // about the border pixel, which is not repeated
const uint REPLICATE = 2;

int at(int i, int size) {
  if (MODE == REFLECT) {
    i = abs(i);
    return i < size ? i : 2 * size - 2 - i;
  }
  return MODE == REPLICATE ? clamp(i, 0, size - 1) : i;
}

void main() {
  uint from = plane_index() * uint(x_height * x_width);
  uint to = plane_index() * pixels;
  for (uint p = first_pixel(); p < pixels; p += pixel_step()) {
    uint row = p / width;
    int i = at(int(row) - top, x_height);
    int j = at(int(p - row * width) - left, x_width);
    bool inside = i >= 0 && i < x_height && j >= 0 && j < x_width;
    y[to + p] = store_t(inside ? acc_t(x[from + uint(i * x_width + j)]) : 0.0);
  }
}

// The gradient of pad.comp with respect to x: dx[n,c,i,j] is the sum of dy over the positions that
// took their value from x[n,c,i,j], which along each axis are up to three runs: in the border
// before the picture, the pixel itself, and in the border behind it.
// NCHW. Workgroups along y and z are channels and images (planes.glsl); one invocation computes a
// few pixels of one plane of dx.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"

layout(constant_id = 0) const uint MODE = 1;  // PadMode of compute/ops.h, not zero

layout(std430, binding = 0) readonly buffer Dy { store_t dy[]; };
layout(std430, binding = 1) writeonly buffer Dx { store_t dx[]; };
layout(push_constant) uniform Push {
  uint pixels;
  int height, width, dy_height, dy_width, top, left;
};

const uint REFLECT = 1;

// First and last position of run k = 0, 1, 2 of pixel i, in an axis of `size` with a border of
// `before` pixels, `padded` in all; empty where the first is larger.
ivec2 run(int k, int i, int size, int before, int padded) {
  if (k == 1) return ivec2(before + i);
  if (MODE == REFLECT) {
    int at = k == 0 ? before - i : before + 2 * (size - 1) - i;
    bool inside = k == 0 ? i > 0 && at >= 0 : i < size - 1 && at < padded;
    return inside ? ivec2(at) : ivec2(0, -1);
  }
  if (k == 0) return i == 0 ? ivec2(0, before - 1) : ivec2(0, -1);
  return i == size - 1 ? ivec2(before + size, padded - 1) : ivec2(0, -1);
}

float row_sum(uint row, int j) {
  acc_t total = 0.0;
  for (int k = 0; k < 3; ++k) {
    ivec2 columns = run(k, j, width, left, dy_width);
    for (int column = columns.x; column <= columns.y; ++column) total += acc_t(dy[row + column]);
  }
  return total;
}

void main() {
  uint from = plane_index() * uint(dy_height * dy_width);
  uint to = plane_index() * pixels;
  for (uint p = first_pixel(); p < pixels; p += pixel_step()) {
    int i = int(p) / width;
    int j = int(p) - i * width;
    acc_t total = 0.0;
    for (int k = 0; k < 3; ++k) {
      ivec2 rows = run(k, i, height, top, dy_height);
      for (int row = rows.x; row <= rows.y; ++row)
        total += row_sum(from + uint(row * dy_width), j);
    }
    dx[to + p] = store_t(total);
  }
}

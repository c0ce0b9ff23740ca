// A larger picture, r = FACTOR times in both directions, NCHW:
//   nearest   y[n,c,i,j] = x[n, c, i / r, j / r]
//   bilinear  between the four pixels of x around ((i + 1/2) / r - 1/2, (j + 1/2) / r - 1/2), with
//             the border pixels repeated outside
// Workgroups along y and z are channels and images (planes.glsl); one invocation computes a few
// pixels of one plane of y.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"

layout(constant_id = 0) const bool BILINEAR = false;
layout(constant_id = 1) const int FACTOR = 2;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) writeonly buffer Y { store_t y[]; };
layout(push_constant) uniform Push {
  uint pixels, width;  // of y
  int x_height, x_width;
};

// The two rows (or columns) of x around position i of y, and the share of the second.
struct Between {
  int low, high;
  float share;
};

Between between(int i, int size) {
  // In units of 1 / (2 r) of a pixel of x everything is an integer; shifted by a whole pixel (2 r)
  // to stay positive.
  int position = 2 * i + 1 - FACTOR + 2 * FACTOR;
  int low = position / (2 * FACTOR);
  float share = float(position - low * 2 * FACTOR) / float(2 * FACTOR);
  return Between(max(low - 1, 0), min(low, size - 1), share);
}

float bilinear(uint from, int i, int j) {
  Between v = between(i, x_height);
  Between h = between(j, x_width);
  uint above = from + uint(v.low * x_width);
  uint below = from + uint(v.high * x_width);
  float upper = mix(acc_t(x[above + h.low]), acc_t(x[above + h.high]), h.share);
  float lower = mix(acc_t(x[below + h.low]), acc_t(x[below + h.high]), h.share);
  return mix(upper, lower, v.share);
}

void main() {
  uint from = plane_index() * uint(x_height * x_width);
  uint to = plane_index() * pixels;
  for (uint p = first_pixel(); p < pixels; p += pixel_step()) {
    int i = int(p / width);
    int j = int(p) - i * int(width);
    y[to + p] = store_t(BILINEAR ? bilinear(from, i, j)
                                 : acc_t(x[from + uint(i / FACTOR * x_width + j / FACTOR)]));
  }
}

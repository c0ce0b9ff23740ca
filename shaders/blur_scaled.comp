// As blur.comp, of x with a zero after each pixel where UP is 2, or every second pixel of the result
// where DOWN is 2: y[n,c,i,j] = the sum over k, l of t[k] t[l] x'[n, c, i DOWN + k - top, j DOWN + l -
// left] (upfirdn_2d of Karras et al. 2020). One invocation computes runs of four pixels of a row.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"

layout(constant_id = 0) const int UP = 1;
layout(constant_id = 1) const int DOWN = 1;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) writeonly buffer Y { store_t y[]; };
layout(push_constant) uniform Push {
  uint runs, runs_across;  // of y
  int height, width, x_height, x_width, top, left;
};

const float kWeights[4] = {0.125, 0.375, 0.375, 0.125};

// Of the enlarged x every UP'th place along both sides is a pixel, the others are zeros.
float pixel(uint from, int i, int j) {
  int first_row = i * DOWN - top, first_column = j * DOWN - left;
  float sum = 0.0;
  for (int k = first_row & (UP - 1); k < 4; k += UP) {
    int row = (first_row + k) >> (UP - 1);
    if (row < 0 || row >= x_height) continue;
    for (int l = first_column & (UP - 1); l < 4; l += UP) {
      int column = (first_column + l) >> (UP - 1);
      if (column >= 0 && column < x_width)
        sum += kWeights[k] * kWeights[l] * acc_t(x[from + uint(row * x_width + column)]);
    }
  }
  return sum;
}

void main() {
  uint from = plane_index() * uint(x_height * x_width);
  uint to = plane_index() * uint(height * width);
  for (uint p = first_pixel(); p < runs; p += pixel_step()) {
    int i = int(p / runs_across);
    int j = int(p - uint(i) * runs_across) * 4;
    for (int k = 0; k < min(4, width - j); ++k)
      y[to + uint(i * width + j + k)] = store_t(pixel(from, i, j + k));
  }
}

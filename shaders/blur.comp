// y[n,c,i,j] = the sum over k, l of t[k] t[l] x[n, c, i + k - top, j + l - left], t = [1 3 3 1] /
// 8, where x is zero outside: the filter of StyleGAN2 (Karras et al. 2020). NCHW. Workgroups along
// y and z are channels and images (planes.glsl); one invocation computes runs of four pixels of a
// row, which share what they read.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) writeonly buffer Y { store_t y[]; };
layout(push_constant) uniform Push {
  uint runs, runs_across;  // of y
  int height, width, x_height, x_width, top, left;
};

float[7] row_of(uint from, int row, int column) {
  float values[7];
  for (int k = 0; k < 7; ++k) {
    int at = column + k;
    bool inside = row >= 0 && row < x_height && at >= 0 && at < x_width;
    values[k] = inside ? acc_t(x[from + uint(row * x_width + at)]) : 0.0;
  }
  return values;
}

// Both outer weights are 1/8, both inner ones 3/8.
vec4 along(float v[7]) {
  vec4 outer = vec4(v[0] + v[3], v[1] + v[4], v[2] + v[5], v[3] + v[6]);
  vec4 inner = vec4(v[1] + v[2], v[2] + v[3], v[3] + v[4], v[4] + v[5]);
  return outer * 0.125 + inner * 0.375;
}

void main() {
  uint from = plane_index() * uint(x_height * x_width);
  uint to = plane_index() * uint(height * width);
  for (uint p = first_pixel(); p < runs; p += pixel_step()) {
    int i = int(p / runs_across);
    int j = int(p - uint(i) * runs_across) * 4;
    vec4 sum = vec4(0.0);
    for (int k = 0; k < 4; ++k)
      sum += along(row_of(from, i + k - top, j - left)) * (k == 0 || k == 3 ? 0.125 : 0.375);
    for (int k = 0; k < min(4, width - j); ++k) y[to + uint(i * width + j + k)] = store_t(sum[k]);
  }
}

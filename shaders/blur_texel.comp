// As blur.comp, for CPU drivers, which read a texel faster than four numbers: x is a texel buffer of
// four neighbouring elements, which need not begin where a row does. One invocation computes blocks of
// four rows of four pixels, of which each row of x is read once.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"

layout(constant_id = 0) const bool WHOLE = false;  // rows of y are a multiple of four pixels

layout(binding = 0) uniform textureBuffer x;
layout(std430, binding = 1) writeonly buffer Y { store_t y[]; };
layout(std430, binding = 1) writeonly buffer Y4 { store4_t y4[]; };
layout(push_constant) uniform Push {
  uint blocks, blocks_across;  // of y
  int height, width, x_height, x_width, top, left;
};

// Seven pixels of a row from `column` on, filtered along it. Both outer weights are 1/8, both inner
// ones 3/8.
vec4 filtered_row(int from, int row, int column) {
  int first = from + row * x_width + column;
  int last_texel = int(gl_NumWorkGroups.y * gl_NumWorkGroups.z) * x_height * x_width / 4 - 1;
  float e[12];
  for (int k = 0; k < 3; ++k) {
    vec4 t = texelFetch(x, clamp((first >> 2) + k, 0, last_texel));
    for (int i = 0; i < 4; ++i) e[4 * k + i] = t[i];
  }
  bool odd = (first & 1) != 0, second = (first & 2) != 0;
  for (int i = 0; i < 9; ++i) e[i] = odd ? e[i + 1] : e[i];
  for (int i = 0; i < 7; ++i) e[i] = second ? e[i + 2] : e[i];
  bool inside = row >= 0 && row < x_height;
  for (int i = 0; i < 7; ++i)
    e[i] = inside && column + i >= 0 && column + i < x_width ? e[i] : 0.0;
  vec4 outer = vec4(e[0] + e[3], e[1] + e[4], e[2] + e[5], e[3] + e[6]);
  vec4 inner = vec4(e[1] + e[2], e[2] + e[3], e[3] + e[4], e[4] + e[5]);
  return outer * 0.125 + inner * 0.375;
}

void main() {
  int from = int(plane_index()) * x_height * x_width;
  uint to = plane_index() * uint(height * width);
  for (uint p = first_pixel(); p < blocks; p += pixel_step()) {
    int i = int(p / blocks_across) * 4;
    int j = int(p % blocks_across) * 4;
    vec4 rows[7];
    for (int k = 0; k < 7; ++k) rows[k] = filtered_row(from, i + k - top, j - left);
    for (int r = 0; r < 4; ++r) {
      if (i + r >= height) break;
      vec4 sum = (rows[r] + rows[r + 3]) * 0.125 + (rows[r + 1] + rows[r + 2]) * 0.375;
      uint at = to + uint((i + r) * width + j);
      if (WHOLE) {
        y4[at / 4] = store4_t(sum);
      } else {
        for (int k = 0; k < 4; ++k)
          if (j + k < width) y[at + uint(k)] = store_t(sum[k]);
      }
    }
  }
}

// As blur_scaled.comp, for CPU drivers, which read a texel faster than four numbers: x is a texel buffer
// of four neighbouring elements, which need not begin where a row does. One invocation computes blocks
// of two rows of four pixels, of which each row of x is read once.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"

layout(constant_id = 0) const int UP = 1;    // 2, and
layout(constant_id = 1) const int DOWN = 2;  // 1, or the other way round

layout(binding = 0) uniform textureBuffer x;
layout(std430, binding = 1) writeonly buffer Y { store_t y[]; };
layout(push_constant) uniform Push {
  uint blocks, blocks_across;  // of y
  int height, width, x_height, x_width, top, left;
};

const int kWide = UP == 2 ? 4 : 10;         // pixels of a row of x that four of y are made of
const int kTexels = (kWide + 3 + 3) / 4;    // where they lie, wherever the first texel begins
const int kRows = UP == 2 ? 3 : 6;          // rows of x that two of y are made of

// Pixels of a row of x from `column` on, filtered along it.
vec4 filtered_row(int from, int row, int column) {
  int first = from + row * x_width + column;
  int last_texel = int(gl_NumWorkGroups.y * gl_NumWorkGroups.z) * x_height * x_width / 4 - 1;
  float e[16];
  for (int k = 0; k < kTexels; ++k) {
    vec4 t = texelFetch(x, clamp((first >> 2) + k, 0, last_texel));
    for (int i = 0; i < 4; ++i) e[4 * k + i] = t[i];
  }
  bool odd = (first & 1) != 0, second = (first & 2) != 0;
  for (int i = 0; i < kWide + 2; ++i) e[i] = odd ? e[i + 1] : e[i];
  for (int i = 0; i < kWide; ++i) e[i] = second ? e[i + 2] : e[i];
  bool inside = row >= 0 && row < x_height;
  for (int i = 0; i < kWide; ++i)
    e[i] = inside && column + i >= 0 && column + i < x_width ? e[i] : 0.0;
  if (DOWN == 2)
    return vec4(e[0] + e[3], e[2] + e[5], e[4] + e[7], e[6] + e[9]) * 0.125 +
           vec4(e[1] + e[2], e[3] + e[4], e[5] + e[6], e[7] + e[8]) * 0.375;
  // Of two neighbours each pixel is nearer to one.
  return (left & 1) == 0 ? vec4(e[0], e[2], e[1], e[3]) * 0.125 + vec4(e[1], e[1], e[2], e[2]) * 0.375
                         : vec4(e[2], e[1], e[3], e[2]) * 0.125 + vec4(e[1], e[2], e[2], e[3]) * 0.375;
}

void store(uint to, int i, int j, vec4 values) {
  if (i >= height) return;
  for (int k = 0; k < 4; ++k)
    if (j + k < width) y[to + uint(i * width + j + k)] = store_t(values[k]);
}

void main() {
  int from = int(plane_index()) * x_height * x_width;
  uint to = plane_index() * uint(height * width);
  for (uint p = first_pixel(); p < blocks; p += pixel_step()) {
    int i = int(p / blocks_across) * 2;
    int j = int(p % blocks_across) * 4;
    int row = (i * DOWN - top) >> (UP - 1), column = (j * DOWN - left) >> (UP - 1);
    vec4 rows[6];
    for (int k = 0; k < kRows; ++k) rows[k] = filtered_row(from, row + k, column);
    if (DOWN == 2) {
      store(to, i, j, (rows[0] + rows[3]) * 0.125 + (rows[1] + rows[2]) * 0.375);
      store(to, i + 1, j, (rows[2] + rows[5]) * 0.125 + (rows[3] + rows[4]) * 0.375);
    } else if ((top & 1) == 0) {
      store(to, i, j, rows[0] * 0.125 + rows[1] * 0.375);
      store(to, i + 1, j, rows[1] * 0.375 + rows[2] * 0.125);
    } else {
      store(to, i, j, rows[1] * 0.375 + rows[2] * 0.125);
      store(to, i + 1, j, rows[1] * 0.125 + rows[2] * 0.375);
    }
  }
}

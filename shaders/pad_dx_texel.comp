// As pad_dx.comp of a reflected border, for CPU drivers, which read a texel faster than four numbers: dy
// is a texel buffer of four neighbouring elements, which need not begin where a row does; rows of dx are
// a multiple of four pixels.
// Workgroups along y and z are channels and images (planes.glsl); one invocation makes four neighbouring
// pixels of a row of dx, its neighbours the rows below. Few have more than themselves to add, and a loop
// costs nothing where none of the invocations that run side by side enters it: at the left and right border
// all of them do, elsewhere none.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "planes.glsl"

layout(binding = 0) uniform textureBuffer dy;
layout(std430, binding = 1) writeonly buffer Dx { store4_t dx[]; };
layout(push_constant) uniform Push {
  uint fours, across;  // of a plane of dx, and of a row
  uint height;
  int width, dy_height, dy_width, top, left;
};

// Elements `at` to at + 3; what lies outside dy is whatever it may be.
vec4 four(int at) {
  const int last = int(gl_NumWorkGroups.y * gl_NumWorkGroups.z) * dy_height * dy_width / 4 - 1;
  float e[8];
  [[unroll]] for (int t = 0; t < 2; ++t) {
    const vec4 texel = texelFetch(dy, clamp((at >> 2) + t, 0, last));
    [[unroll]] for (int k = 0; k < 4; ++k) e[4 * t + k] = texel[k];
  }
  const bool odd = (at & 1) != 0, second = (at & 2) != 0;
  [[unroll]] for (int k = 0; k < 6; ++k) e[k] = odd ? e[k + 1] : e[k];
  [[unroll]] for (int k = 0; k < 4; ++k) e[k] = second ? e[k + 2] : e[k];
  return vec4(e[0], e[1], e[2], e[3]);
}

// Of a row of dy that begins at `row`, what pixels j to j + 3 of a row of dx were repeated to.
vec4 row_sum(int row, int j) {
  vec4 total = four(row + left + j);
  // Pixel i was mirrored to left - i, and to last - i at the other border.
  for (int times = j <= left ? 1 : 0; times > 0; --times) {
    const vec4 mirrored = four(row + left - j - 3).wzyx;
    [[unroll]] for (int k = 0; k < 4; ++k)
      total[k] += j + k > 0 && j + k <= left ? mirrored[k] : 0.0;
  }
  const int last = left + 2 * (width - 1);
  for (int times = last - j - 3 < dy_width ? 1 : 0; times > 0; --times) {
    const vec4 mirrored = four(row + last - j - 3).wzyx;
    [[unroll]] for (int k = 0; k < 4; ++k)
      total[k] += j + k < width - 1 && last - j - k < dy_width ? mirrored[k] : 0.0;
  }
  return total;
}

void main() {
  const int from = int(plane_index()) * dy_height * dy_width;
  const int last = top + 2 * (int(height) - 1);
  for (uint p = first_pixel(); p < fours; p += pixel_step()) {
    const uint column = p / height;
    const int i = int(p - column * height), j = 4 * int(column);
    const bool above = i > 0 && i <= top;
    const bool below = i < int(height) - 1 && last - i < dy_height;
    const int rows = 1 + int(above) + int(below);
    vec4 total = vec4(0.0);
    for (int k = 0; k < rows; ++k) {
      const int row = k == 0 ? top + i : k == 1 && above ? top - i : last - i;
      total += row_sum(from + row * dy_width, j);
    }
    dx[plane_index() * fours + i * across + column] = store4_t(total);
  }
}

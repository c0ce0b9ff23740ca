// As pad.comp, to the same bits, for CPU drivers, which read a texel faster than a number of a storage
// buffer and store four numbers as fast as one: x is an R32_SFLOAT texel buffer. Planes of y are a
// multiple of four pixels, its rows at least four.
// Workgroups along y and z are channels and images (planes.glsl); one invocation makes four neighbouring
// pixels of one plane of y, which need not lie in one row.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "padding.glsl"
#include "planes.glsl"

layout(binding = 0) uniform textureBuffer x;
layout(std430, binding = 1) writeonly buffer Y { store4_t y[]; };
layout(push_constant) uniform Push {
  uint fours, width;  // of y
  int x_height, x_width, top, left;
};

void main() {
  const int from = int(plane_index()) * x_height * x_width;
  for (uint p = first_pixel(); p < fours; p += pixel_step()) {
    const uint row = 4 * p / width;
    const uint column = 4 * p - row * width;
    vec4 value;
    [[unroll]] for (int k = 0; k < 4; ++k) {
      const bool next = column + k >= width;
      const int i = int(row) + (next ? 1 : 0) - top;
      const int j = int(column) + k - (next ? int(width) : 0) - left;
      const int at = padded_index(i, x_height) * x_width + padded_index(j, x_width);
      const float read = texelFetch(x, from + at).r;
      value[k] = inside(i, x_height) && inside(j, x_width) ? read : 0.0;
    }
    y[plane_index() * fours + p] = store4_t(value);
  }
}

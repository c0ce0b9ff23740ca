// Repacks a convolution's input so that conv2d_texel can read it without any bounds check:
//
//   packed[n][r][g][q][k] = x[n][4g + k][r - top][q - left], padding where that lies outside
//
// x {N,C,H,W} as an R32_SFLOAT texel buffer; packed {N, rows, ceil(C/4), columns, 4} fp32, its
// columns and rows including the padding and whatever the tiles of conv2d_texel read past the end.
// Channels past C are zero. One invocation: one vec4 of four channels at one position.
// Grid: (ceil(columns / kLanes), ceil(C/4), N * rows).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "padding.glsl"

layout(local_size_x_id = 0) in;

layout(set = 0, binding = 0) uniform textureBuffer x;
layout(set = 0, binding = 1) writeonly buffer Packed { vec4 packed[]; };

layout(push_constant) uniform Push {
  int channels, height, width;  // of x
  int rows, columns;            // of packed
  int top, left;                // padding; the band's first row is taken off `top`
};

void main() {
  const int q = int(gl_GlobalInvocationID.x);
  if (q >= columns) return;
  const int g = int(gl_WorkGroupID.y);
  const int n = int(gl_WorkGroupID.z) / rows;
  const int r = int(gl_WorkGroupID.z) % rows;
  const int y = r - top;
  const int col = q - left;
  const int at = padded_index(y, height) * width + padded_index(col, width);
  const bool counts = inside(y, height) && inside(col, width);
  vec4 value;
  for (int k = 0; k < 4; ++k) {
    const int c = 4 * g + k;
    const float v = texelFetch(x, (n * channels + min(c, channels - 1)) * height * width + at).r;
    value[k] = counts && c < channels ? v : 0.0;
  }
  packed[((n * rows + r) * int(gl_NumWorkGroups.y) + g) * columns + q] = value;
}

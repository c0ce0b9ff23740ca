// Repacks a convolution's input so that conv2d_texel can read it without any bounds check:
//
//   packed[n][r][g][q][k] = x[n][4g + k][r - top][q - left], padding where that lies outside
//
// x {N,C,H,W} as an R32_SFLOAT texel buffer or, where W is a multiple of four and what lies outside
// is zero, with kFour as an R32G32B32A32_SFLOAT one; packed {N, rows, ceil(C/4), columns, 4} fp32, its
// columns and rows including the padding and whatever the tiles of conv2d_texel read past the end.
// Channels past C are zero. One invocation: one vec4 of four channels at one position, with kFour
// those of one texel of x or of padding, from the one that holds column 0 of packed on.
// Grid: (ceil(positions / kLanes), ceil(C/4), N * rows).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "padding.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 6) const int kFour = 0;

layout(set = 0, binding = 0) uniform textureBuffer x;
layout(set = 0, binding = 1) writeonly buffer Packed { vec4 packed[]; };

layout(push_constant) uniform Push {
  int channels, height, width;  // of x
  int rows, columns;            // of packed
  int top, left;                // padding; the band's first row is taken off `top`
};

void pack_one(int q, int g, int n, int r, int line) {
  if (q >= columns) return;
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
  packed[line + q] = value;
}

void pack_four(int i, int g, int n, int r, int line) {
  const int texels = width / 4;
  const int y = r - top;
  const int before = (left + 3) / 4;  // texels of padding
  const int j = i - before;
  const bool counts = y >= 0 && y < height && j >= 0 && j < texels;
  const int at = clamp(y, 0, height - 1) * texels + clamp(j, 0, texels - 1);
  vec4 of_channel[4];
  [[unroll]] for (int k = 0; k < 4; ++k) {
    const int c = 4 * g + k;
    const vec4 v = texelFetch(x, (n * channels + min(c, channels - 1)) * height * texels + at);
    of_channel[k] = counts && c < channels ? v : vec4(0.0);
  }
  [[unroll]] for (int p = 0; p < 4; ++p) {
    const int q = 4 * j + p + left;
    if (q >= 0 && q < columns)
      packed[line + q] =
          vec4(of_channel[0][p], of_channel[1][p], of_channel[2][p], of_channel[3][p]);
  }
}

void main() {
  const int i = int(gl_GlobalInvocationID.x);
  const int g = int(gl_WorkGroupID.y);
  const int n = int(gl_WorkGroupID.z) / rows;
  const int r = int(gl_WorkGroupID.z) % rows;
  const int line = (int(gl_WorkGroupID.z) * int(gl_NumWorkGroups.y) + g) * columns;
  if (kFour == 0)
    pack_one(i, g, n, r, line);
  else
    pack_four(i, g, n, r, line);
}

// The gradient of a convolution with respect to its weights, first step: tiles of x into Winograd's
// domain (include/winograd_gradient.glsl).
//
//   v[6*i + j][g][e][k] = (Bᵀ d B)[i][j] of tile number first_tile + 4g + k,
//   d[r][q] = x[n][c][(kPixels*ty + r)*kStride + a - padding][(kPixels*tx + q)*kStride + b - padding]
//   of channel e = (c*kStride + a)*kStride + b, zero outside x
//
// x {N,C,H,W} as an R32_SFLOAT texel buffer or, where kFirst is not negative, an R32G32B32A32_SFLOAT
// one: every tile then begins with element kFirst of a texel (kPixels 4, kStride 1, W a multiple of
// 4). v {36, groups, channels, 4} fp32. Tile number t is
// (n*tiles_y + ty)*tiles_x + tx; past the last one the last is repeated. Past C the last channel is.
// One invocation: four tiles of one channel. Grid: (channels / kLanes, groups, 1).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "winograd_gradient.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 9) const int kFirst = -1;

layout(set = 0, binding = 0) uniform textureBuffer x;
layout(set = 0, binding = 1) writeonly buffer V { vec4 v[]; };

layout(push_constant) uniform Push {
  int in_channels, height, width;  // of x
  int padding;
  int tiles_x, tiles_y, all_tiles;  // all_tiles = N * tiles_y * tiles_x
  int first_tile;                   // of this dispatch
};

// Channel k of a row of d from the texels from `first` on of line `line`, which divides by them.
void load_texels(inout vec4 d[kSide], int k, int line, int first, bool counts) {
  const int texels = width / 4;
  vec4 value[3];
  [[unroll]] for (int t = 0; t < (max(kFirst, 0) + kSide + 3) / 4; ++t) {
    const vec4 texel = texelFetch(x, line + clamp(first + t, 0, texels - 1));
    value[t] = counts && first + t >= 0 && first + t < texels ? texel : vec4(0.0);
  }
  [[unroll]] for (int q = 0; q < kSide; ++q)
    d[q][k] = value[(max(kFirst, 0) + q) / 4][(max(kFirst, 0) + q) % 4];
}

void main() {
  const int e = int(gl_GlobalInvocationID.x);
  const int c = min(e / (kStride * kStride), in_channels - 1);
  const int first_row = e / kStride % kStride - padding;
  const int first_column = e % kStride - padding;
  const int g = int(gl_WorkGroupID.y);
  const int channels = int(gl_NumWorkGroups.x * gl_WorkGroupSize.x);

  vec4 d[kSide][kSide];
  [[unroll]] for (int k = 0; k < 4; ++k) {
    const int number = min(first_tile + 4 * g + k, all_tiles - 1);
    const int left = number % tiles_x * (kPixels * kStride) + first_column;
    const int top = number / tiles_x % tiles_y * (kPixels * kStride) + first_row;
    const int n = number / (tiles_x * tiles_y);
    const int plane = (n * in_channels + c) * height;
    [[unroll]] for (int r = 0; r < kSide; ++r) {
      const int row = top + r * kStride;
      const int line = (plane + clamp(row, 0, height - 1)) * width;
      const bool row_counts = row >= 0 && row < height;
      if (kFirst >= 0) {
        load_texels(d[r], k, line / 4, (left - kFirst) / 4, row_counts);
      } else {
        [[unroll]] for (int q = 0; q < kSide; ++q) {
          const int column = left + q * kStride;
          const float value = texelFetch(x, line + clamp(column, 0, width - 1)).r;
          d[r][q][k] = row_counts && column >= 0 && column < width ? value : 0.0;
        }
      }
    }
  }

  [[unroll]] for (int r = 0; r < kSide; ++r) transform_input(d[r]);
  [[unroll]] for (int j = 0; j < kSide; ++j) {
    vec4 t[kSide];
    [[unroll]] for (int r = 0; r < kSide; ++r) t[r] = d[r][j];
    transform_input(t);
    [[unroll]] for (int i = 0; i < kSide; ++i)
      v[((i * kSide + j) * int(gl_NumWorkGroups.y) + g) * channels + e] = t[i];
  }
}

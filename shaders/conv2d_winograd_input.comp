// First step of a 3×3 or 4×4 convolution with stride 1: tiles of the input into Winograd's domain.
//
//   v[6*i + j][g][tile][k] = (Bᵀ d B)[i][j],  d[r][q] = x[n][4g + k][kTile*ty + r - padding]
//                                                                   [kTile*tx + q - padding]
//
// x {N,C,H,W} as an R32_SFLOAT texel buffer or, where kFirst is not negative, an R32G32B32A32_SFLOAT
// one: every tile then begins with element kFirst of a texel (kTile 4, W a multiple of 4), and zero
// lies outside. v {36, ceil(C/4), tiles, 4} fp32. Tile number
// first_tile + tile is (n*tiles_y + ty)*tiles_x + tx; past the last one the last is repeated, so that
// conv2d_winograd_gemm finds `tiles`, a multiple of its tile, filled. Channels past C are zero.
// One invocation: one tile of four channels. Grid: (tiles / kLanes, ceil(C/4), 1).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "padding.glsl"
#include "winograd.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 9) const int kFirst = -1;

layout(set = 0, binding = 0) uniform textureBuffer x;
layout(set = 0, binding = 1) writeonly buffer V { vec4 v[]; };

layout(push_constant) uniform Push {
  int channels, height, width;  // of x
  int padding;
  int tiles_x, tiles_y, all_tiles;  // all_tiles = N * tiles_y * tiles_x
  int first_tile, tiles;            // this dispatch
};

void load_numbers(out vec4 d[kSide][kSide], int n, int g, int top, int left) {
  int column[kSide];
  bool column_counts[kSide];
  [[unroll]] for (int q = 0; q < kSide; ++q) {
    column[q] = padded_index(left + q, width);
    column_counts[q] = inside(left + q, width);
  }
  [[unroll]] for (int k = 0; k < 4; ++k) {
    const int plane = (n * channels + min(4 * g + k, channels - 1)) * height;
    [[unroll]] for (int r = 0; r < kSide; ++r) {
      const int line = (plane + padded_index(top + r, height)) * width;
      const bool counts = inside(top + r, height) && 4 * g + k < channels;
      [[unroll]] for (int q = 0; q < kSide; ++q) {
        const float value = texelFetch(x, line + column[q]).r;
        d[r][q][k] = counts && column_counts[q] ? value : 0.0;
      }
    }
  }
}

void load_texels(out vec4 d[kSide][kSide], int n, int g, int top, int left) {
  const int texels = width / 4;
  const int first = (left - kFirst) / 4;  // divides without a rest
  [[unroll]] for (int k = 0; k < 4; ++k) {
    const int plane = (n * channels + min(4 * g + k, channels - 1)) * height;
    [[unroll]] for (int r = 0; r < kSide; ++r) {
      const int line = (plane + clamp(top + r, 0, height - 1)) * texels;
      const bool counts = top + r >= 0 && top + r < height && 4 * g + k < channels;
      vec4 value[3];
      [[unroll]] for (int t = 0; t < (max(kFirst, 0) + kSide + 3) / 4; ++t) {
        const vec4 texel = texelFetch(x, line + clamp(first + t, 0, texels - 1));
        value[t] = counts && first + t >= 0 && first + t < texels ? texel : vec4(0.0);
      }
      [[unroll]] for (int q = 0; q < kSide; ++q)
        d[r][q][k] = value[(max(kFirst, 0) + q) / 4][(max(kFirst, 0) + q) % 4];
    }
  }
}

void main() {
  const int tile = int(gl_GlobalInvocationID.x);
  const int g = int(gl_WorkGroupID.y);
  const int number = min(first_tile + tile, all_tiles - 1);
  const int left = number % tiles_x * kTile - padding;
  const int top = number / tiles_x % tiles_y * kTile - padding;
  const int n = number / (tiles_x * tiles_y);

  vec4 d[kSide][kSide];
  if (kFirst < 0)
    load_numbers(d, n, g, top, left);
  else
    load_texels(d, n, g, top, left);
  [[unroll]] for (int r = 0; r < kSide; ++r) transform_input(d[r]);

  const int matrix = int(gl_NumWorkGroups.y) * tiles;
  [[unroll]] for (int j = 0; j < kSide; ++j) {
    vec4 t[kSide];
    [[unroll]] for (int r = 0; r < kSide; ++r) t[r] = d[r][j];
    transform_input(t);
    [[unroll]] for (int i = 0; i < kSide; ++i)
      v[(i * kSide + j) * matrix + g * tiles + tile] = t[i];
  }
}

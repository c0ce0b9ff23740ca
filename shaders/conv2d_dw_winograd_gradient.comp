// The gradient of a convolution with respect to its weights, second step: tiles of dy into Winograd's
// domain (include/winograd_gradient.glsl).
//
//   u[6*i + j][b][g][o][k] = (A e Aᵀ)[i][j] of tile number first_tile + 4g + k,
//   e[r][q] = dy[n][kOut*b + o][kPixels*ty + r][kPixels*tx + q], zero outside dy
//
// dy {N,Cout,H,W} as an R32_SFLOAT texel buffer or, with kFour (kPixels 4, W a multiple of 4), an
// R32G32B32A32_SFLOAT one; u {36, blocks, groups, kOut, 4} fp32, the weights of
// conv2d_winograd_gemm. Tile numbers as in conv2d_dw_winograd_input; past the last one u is zero.
// Past Cout the last channel is repeated. One invocation: four tiles of one channel.
// Grid: (blocks * kOut / kLanes, groups, 1).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "winograd_gradient.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 2) const int kOut = 16;
layout(constant_id = 6) const int kFour = 0;

layout(set = 0, binding = 0) uniform textureBuffer dy;
layout(set = 0, binding = 1) writeonly buffer U { vec4 u[]; };

layout(push_constant) uniform Push {
  int out_channels, height, width;  // of dy
  int tiles_x, tiles_y, all_tiles;
  int first_tile;
};

void main() {
  const int o = int(gl_GlobalInvocationID.x);
  const int g = int(gl_WorkGroupID.y);
  const int blocks = int(gl_NumWorkGroups.x * gl_WorkGroupSize.x) / kOut;

  vec4 half_way[kMostPixels][kSide];
  {
    vec4 e[kMostPixels][kMostPixels];
    [[unroll]] for (int r = 0; r < kMostPixels; ++r)
      [[unroll]] for (int q = 0; q < kMostPixels; ++q) e[r][q] = vec4(0.0);
    [[unroll]] for (int k = 0; k < 4; ++k) {
      const int number = min(first_tile + 4 * g + k, all_tiles - 1);
      const bool tile_counts = first_tile + 4 * g + k < all_tiles;
      const int left = number % tiles_x * kPixels;
      const int top = number / tiles_x % tiles_y * kPixels;
      const int n = number / (tiles_x * tiles_y);
      const int plane = (n * out_channels + min(o, out_channels - 1)) * height;
      [[unroll]] for (int r = 0; r < kPixels; ++r) {
        const int line = (plane + min(top + r, height - 1)) * width;
        if (kFour != 0) {
          const vec4 value = texelFetch(dy, (line + left) / 4);
          [[unroll]] for (int q = 0; q < 4; ++q)
            e[r][q][k] = tile_counts && top + r < height ? value[q] : 0.0;
        } else {
          [[unroll]] for (int q = 0; q < kPixels; ++q) {
            const float value = texelFetch(dy, line + min(left + q, width - 1)).r;
            e[r][q][k] = tile_counts && top + r < height && left + q < width ? value : 0.0;
          }
        }
      }
    }
    [[unroll]] for (int r = 0; r < kMostPixels; ++r) transform_gradient(e[r], half_way[r]);
  }

  [[unroll]] for (int j = 0; j < kSide; ++j) {
    vec4 column[kMostPixels], t[kSide];
    [[unroll]] for (int r = 0; r < kMostPixels; ++r) column[r] = half_way[r][j];
    transform_gradient(column, t);
    [[unroll]] for (int i = 0; i < kSide; ++i) {
      const int block = (i * kSide + j) * blocks + o / kOut;
      u[(block * int(gl_NumWorkGroups.y) + g) * kOut + o % kOut] = t[i];
    }
  }
}

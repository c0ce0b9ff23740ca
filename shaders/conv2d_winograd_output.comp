// Last step of Winograd's convolution: back to pixels, and the epilogue.
//
//   y[n][4h + k][kTile*ty + r][kTile*tx + q] = epilogue( (Aᵀ m[.][h][tile][k] A)[r][q] )
//
// m {36 or with kHalves 25, groups_out, tiles, 4} as an R32G32B32A32_SFLOAT texel buffer, groups_out = blocks*kOut/4;
// bias {Cout}, slope {Cout} or {1}: R32_SFLOAT; y and residual {N,Cout,H,W}; with kWide (kTile 4,
// W a multiple of 4) y is stored and residual read as vec4, the view of residual being
// R32G32B32A32_SFLOAT then and R32_SFLOAT otherwise. Tile numbers as in conv2d_winograd_input.
// One invocation: one tile of four channels. Grid: (tiles / kLanes, ceil(Cout/4), 1).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "storage.glsl"
#include "epilogue.glsl"
#include "winograd.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 6) const int kWide = 0;

layout(set = 0, binding = 0) uniform textureBuffer m;
layout(set = 0, binding = 1) uniform textureBuffer bias;
layout(set = 0, binding = 2) uniform textureBuffer slope;
layout(set = 0, binding = 3) uniform textureBuffer residual;
layout(set = 0, binding = 4) writeonly buffer Y { store_t y[]; };
layout(set = 0, binding = 4) writeonly buffer Y4 { store4_t y4[]; };

layout(push_constant) uniform Push {
  int out_channels, height, width;  // of y
  int groups_out;                   // of m
  int tiles_x, tiles_y, all_tiles;
  int first_tile, tiles;
  EpilogueScalars scalars;
};

void main() {
  const int tile = int(gl_GlobalInvocationID.x);
  const int number = first_tile + tile;
  if (number >= all_tiles) return;
  const int h = int(gl_WorkGroupID.y);
  const int left = number % tiles_x * kTile;
  const int top = number / tiles_x % tiles_y * kTile;
  const int n = number / (tiles_x * tiles_y);

  vec4 half_way[kSide][kMostTile];  // [j][r]
  [[unroll]] for (int j = 0; j < kPoints; ++j) {
    vec4 column[kSide];
    [[unroll]] for (int i = 0; i < kPoints; ++i)
      column[i] = texelFetch(m, ((i * kPoints + j) * groups_out + h) * tiles + tile);
    transform_output(column, half_way[j]);
  }
  vec4 result[kMostTile][kMostTile];  // [r][q]
  [[unroll]] for (int r = 0; r < kTile; ++r) {
    vec4 row[kSide];
    [[unroll]] for (int j = 0; j < kPoints; ++j) row[j] = half_way[j][r];
    transform_output(row, result[r]);
  }

  [[unroll]] for (int k = 0; k < 4; ++k) {
    const int channel = min(4 * h + k, out_channels - 1);
    const int rows = 4 * h + k < out_channels ? height - top : 0;
    const float b = kHasBias != 0 ? texelFetch(bias, channel).r : 0.0;
    const float a = kActivation == kPrelu ? texelFetch(slope, channel * kSlopeStride).r : 0.0;
    [[unroll]] for (int r = 0; r < kTile; ++r) {
      const int line = ((n * out_channels + channel) * height + top + r) * width + left;
      if (kWide != 0) {
        if (r < rows) {
          const vec4 add = kHasResidual != 0 ? texelFetch(residual, line / 4) : vec4(0.0);
          vec4 value;
          [[unroll]] for (int q = 0; q < kTile; ++q)
            value[q] = epilogue(result[r][q][k], b, a, add[q], scalars);
          y4[line / 4] = store4_t(value);
        }
      } else {
        [[unroll]] for (int q = 0; q < kTile; ++q)
          if (r < rows && left + q < width) {
            const float add = kHasResidual != 0 ? texelFetch(residual, line + q).r : 0.0;
            y[line + q] = store_t(epilogue(result[r][q][k], b, a, add, scalars));
          }
      }
    }
  }
}

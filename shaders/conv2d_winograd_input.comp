// First step of a 3×3 or 4×4 convolution with stride 1, or a 4×4 one with stride 2 (kHalves): tiles of
// the input into Winograd's domain.
//
//   v[6*i + j][g][tile][k] = (Bᵀ d B)[i][j],  d[r][q] = x[n][4g + k][kTile*ty + r - padding]
//                                                                   [kTile*tx + q - padding]
//
// and with kHalves, a and b being 0 or 1 and G = ceil(C/4),
//
//   v[5*i + j][(2*a + b)*G + g][tile][k] = (Bᵀ d B)[i][j],  d[r][q] =
//       x[n][4g + k][2*(kTile*ty + r) + a - padding][2*(kTile*tx + q) + b - padding]
//
// With kUpsample x is read as if it had been upsampled twice by nearest neighbours; padding is then 1.
//
// x {N,C,H,W} as an R32_SFLOAT texel buffer or, where kFirst is not negative, an R32G32B32A32_SFLOAT
// one: every tile then begins with element kFirst of a texel (kTile 4, W a multiple of 4), and zero
// lies outside; with kHalves that is so where b is 0. v {36, G, tiles, 4} or {25, 4*G, tiles, 4} fp32. Tile number
// first_tile + tile is (n*tiles_y + ty)*tiles_x + tx; past the last one the last is repeated, so that
// conv2d_winograd_gemm finds `tiles`, a multiple of its tile, filled. Channels past C are zero.
// One invocation: one tile of four channels, with kHalves of one a and b.
// Grid: (tiles / kLanes, G or 4*G, 1).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "padding.glsl"
#include "winograd.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 9) const int kFirst = -1;
layout(constant_id = 12) const int kUpsample = 0;

layout(set = 0, binding = 0) uniform textureBuffer x;
layout(set = 0, binding = 1) writeonly buffer V { vec4 v[]; };

layout(push_constant) uniform Push {
  int channels, height, width;  // of x
  int padding;
  int tiles_x, tiles_y, all_tiles;  // all_tiles = N * tiles_y * tiles_x
  int first_tile, tiles;            // this dispatch
};

const int kStep = 1 + kHalves;  // between the elements of d

void load_numbers(out vec4 d[kSide][kSide], int n, int g, int top, int left) {
  int column[kSide];
  bool column_counts[kSide];
  [[unroll]] for (int q = 0; q < kPoints; ++q) {
    column[q] = padded_index(left + q * kStep, width);
    column_counts[q] = inside(left + q * kStep, width);
  }
  [[unroll]] for (int k = 0; k < 4; ++k) {
    const int plane = (n * channels + min(4 * g + k, channels - 1)) * height;
    [[unroll]] for (int r = 0; r < kPoints; ++r) {
      const int row = top + r * kStep;
      const int line = (plane + padded_index(row, height)) * width;
      const bool counts = inside(row, height) && 4 * g + k < channels;
      [[unroll]] for (int q = 0; q < kPoints; ++q) {
        const float value = texelFetch(x, line + column[q]).r;
        d[r][q][k] = counts && column_counts[q] ? value : 0.0;
      }
    }
  }
}

// The tile begins with element `begin` of a texel; it must be constant.
void load_texels(out vec4 d[kSide][kSide], int n, int g, int top, int left, int begin) {
  const int texels = width / 4;
  const int first = (left - begin) / 4;  // divides without a rest
  [[unroll]] for (int k = 0; k < 4; ++k) {
    const int plane = (n * channels + min(4 * g + k, channels - 1)) * height;
    [[unroll]] for (int r = 0; r < kPoints; ++r) {
      const int row = top + r * kStep;
      const int line = (plane + clamp(row, 0, height - 1)) * texels;
      const bool counts = row >= 0 && row < height && 4 * g + k < channels;
      vec4 value[3];
      [[unroll]] for (int t = 0; t < (begin + (kPoints - 1) * kStep) / 4 + 1; ++t) {
        const vec4 texel = texelFetch(x, line + clamp(first + t, 0, texels - 1));
        value[t] = counts && first + t >= 0 && first + t < texels ? texel : vec4(0.0);
      }
      [[unroll]] for (int q = 0; q < kPoints; ++q)
        d[r][q][k] = value[(begin + q * kStep) / 4][(begin + q * kStep) % 4];
    }
  }
}

// Of the upsampled x: every other row and column of the tile begins a new one of x, the first one odd.
void load_upsampled(out vec4 d[kSide][kSide], int n, int g, int top, int left) {
  const int first_row = (top - 1) / 2, first_column = (left - 1) / 2;
  const int kPlaces = kSide / 2 + 1;
  [[unroll]] for (int k = 0; k < 4; ++k) {
    const int plane = (n * channels + min(4 * g + k, channels - 1)) * height;
    float from[kPlaces][kPlaces];
    [[unroll]] for (int r = 0; r < kPlaces; ++r) {
      const int row = first_row + r;
      const int line = (plane + padded_index(row, height)) * width;
      const bool counts = inside(row, height) && 4 * g + k < channels;
      [[unroll]] for (int q = 0; q < kPlaces; ++q) {
        const int column = first_column + q;
        const float value = texelFetch(x, line + padded_index(column, width)).r;
        from[r][q] = counts && inside(column, width) ? value : 0.0;
      }
    }
    [[unroll]] for (int r = 0; r < kPoints; ++r)
      [[unroll]] for (int q = 0; q < kPoints; ++q) d[r][q][k] = from[(r + 1) / 2][(q + 1) / 2];
  }
}

void main() {
  const int tile = int(gl_GlobalInvocationID.x);
  const int groups = (channels + 3) / 4;
  const int g = int(gl_WorkGroupID.y) % groups;
  const int phase = int(gl_WorkGroupID.y) / groups;  // 2*a + b; 0 without kHalves
  const int number = min(first_tile + tile, all_tiles - 1);
  const int left = number % tiles_x * kTile * kStep + phase % 2 - padding;
  const int top = number / tiles_x % tiles_y * kTile * kStep + phase / 2 - padding;
  const int n = number / (tiles_x * tiles_y);

  vec4 d[kSide][kSide];
  if (kUpsample != 0)
    load_upsampled(d, n, g, top, left);
  else if (kFirst < 0)
    load_numbers(d, n, g, top, left);
  else if (phase % 2 == 0)
    load_texels(d, n, g, top, left, max(kFirst, 0));
  else
    load_texels(d, n, g, top, left, (max(kFirst, 0) + 1) % 4);
  [[unroll]] for (int r = 0; r < kPoints; ++r) transform_input(d[r]);

  const int matrix = int(gl_NumWorkGroups.y) * tiles;
  [[unroll]] for (int j = 0; j < kPoints; ++j) {
    vec4 t[kSide];
    [[unroll]] for (int r = 0; r < kPoints; ++r) t[r] = d[r][j];
    transform_input(t);
    [[unroll]] for (int i = 0; i < kPoints; ++i)
      v[(i * kPoints + j) * matrix + int(gl_WorkGroupID.y) * tiles + tile] = t[i];
  }
}

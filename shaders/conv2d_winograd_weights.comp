// Transforms 3×3 or 4×4 weights for conv2d_winograd_gemm; runs once per model, in
// training once per step.
//
//   u[6*i + j][b][g][o][k] = (G w[kOut*b + o][4g + k] Gᵀ)[i][j], zero past the last channel
//
// w {Cout,Cin,K,K}, K = 3 or 4, as an R32_SFLOAT texel buffer, for K = 4 an R32G32B32A32_SFLOAT one;
// u {36, blocks, G, kOut, 4} fp32, G = ceil(Cin/4). `flip` turns the taps by 180° and takes w as
// {Cin,Cout,K,K}: the weights of conv2d_dx with stride 1. With kHalves (K = 4, no flip), y and x being
// 0 or 1, u is {25, blocks, 4*G, kOut, 4} and
//
//   u[5*i + j][b][(2*y + x)*G + g][o][k] = (G w' Gᵀ)[i][j],  w'[r][q] = w[..][..][2*r + y][2*q + x]
//
// One invocation: one vec4 (b, g, o) of all 36 matrices.
// Grid: (ceil(G * kOut / local size), blocks, 1), with kHalves four times as many.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "winograd.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 2) const int kOut = 16;

layout(set = 0, binding = 0) uniform textureBuffer w;
layout(set = 0, binding = 1) writeonly buffer U { vec4 u[]; };

layout(push_constant) uniform Push {
  int out_channels, in_channels;
  int flip;  // 0 or 1
};

void main() {
  const int groups_in = (in_channels + 3) / 4;
  const int block = int(gl_WorkGroupID.y);
  const int count = (kHalves != 0 ? 4 : 1) * groups_in * kOut;  // of one block and matrix
  const int e = int(gl_GlobalInvocationID.x);
  if (e >= count) return;
  const int out_channel = block * kOut + e % kOut;
  const int first_in = e / kOut % groups_in * 4;
  const int phase = e / kOut / groups_in;  // 2*y + x; 0 without kHalves

  vec4 tap[kMostKernel][kMostKernel];  // [column][row]
  [[unroll]] for (int k = 0; k < 4; ++k) {
    const bool counts = out_channel < out_channels && first_in + k < in_channels;
    const int o = min(out_channel, out_channels - 1);
    const int c = min(first_in + k, in_channels - 1);
    const int pair = flip != 0 ? c * out_channels + o : o * in_channels + c;
    if (kHalves != 0) {
      [[unroll]] for (int r = 0; r < 2; ++r) {
        const vec4 v = texelFetch(w, pair * 4 + 2 * r + phase / 2);
        tap[0][r][k] = counts ? (phase % 2 == 0 ? v[0] : v[1]) : 0.0;
        tap[1][r][k] = counts ? (phase % 2 == 0 ? v[2] : v[3]) : 0.0;
      }
    } else if (kKernel == 4) {
      [[unroll]] for (int r = 0; r < 4; ++r) {
        const vec4 v = texelFetch(w, pair * 4 + (flip != 0 ? 3 - r : r));
        [[unroll]] for (int q = 0; q < 4; ++q)
          tap[q][r][k] = counts ? (flip != 0 ? v[3 - q] : v[q]) : 0.0;
      }
    } else {
      [[unroll]] for (int t = 0; t < 9; ++t) {
        const float v = texelFetch(w, pair * 9 + (flip != 0 ? 8 - t : t)).r;
        tap[t % 3][t / 3][k] = counts ? v : 0.0;
      }
    }
  }

  [[unroll]] for (int i = 0; i < kPoints; ++i) {
    vec4 row[kMostKernel];
    [[unroll]] for (int q = 0; q < kKernel; ++q) row[q] = transform_weights(i, tap[q]);
    [[unroll]] for (int j = 0; j < kPoints; ++j)
      u[((i * kPoints + j) * int(gl_NumWorkGroups.y) + block) * count + e] =
          transform_weights(j, row);
  }
}

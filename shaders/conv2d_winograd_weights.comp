// Transforms 3×3 weights for conv2d_winograd_gemm; runs once per model, in
// training once per step.
//
//   u[6*i + j][b][g][o][k] = (G w[kOut*b + o][4g + k] Gᵀ)[i][j], zero past the last channel
//
// w {Cout,Cin,3,3} as an R32_SFLOAT texel buffer; u {36, blocks, ceil(Cin/4), kOut, 4} fp32. `flip`
// turns the taps by 180° and takes w as {Cin,Cout,3,3}: the weights of conv2d_dx with stride 1.
// One invocation: one vec4 (b, g, o) of all 36 matrices.
// Grid: (ceil(ceil(Cin/4) * kOut / local size), blocks, 1).
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
  const int count = groups_in * kOut;  // of one block and matrix
  const int e = int(gl_GlobalInvocationID.x);
  if (e >= count) return;
  const int out_channel = block * kOut + e % kOut;
  const int first_in = e / kOut * 4;

  const int first_tap = flip * 8;
  const int step = 1 - 2 * flip;
  vec4 tap[9];
  [[unroll]] for (int k = 0; k < 4; ++k) {
    const bool counts = out_channel < out_channels && first_in + k < in_channels;
    const int o = min(out_channel, out_channels - 1);
    const int c = min(first_in + k, in_channels - 1);
    const int pair = flip != 0 ? c * out_channels + o : o * in_channels + c;
    [[unroll]] for (int t = 0; t < 9; ++t) {
      const float v = texelFetch(w, pair * 9 + first_tap + t * step).r;
      tap[t][k] = counts ? v : 0.0;
    }
  }

  [[unroll]] for (int i = 0; i < kSide; ++i) {
    vec4 row[3];
    [[unroll]] for (int q = 0; q < 3; ++q)
      row[q] = transform_weights(i, tap[q], tap[3 + q], tap[6 + q]);
    [[unroll]] for (int j = 0; j < kSide; ++j)
      u[((i * kSide + j) * int(gl_NumWorkGroups.y) + block) * count + e] =
          transform_weights(j, row[0], row[1], row[2]);
  }
}

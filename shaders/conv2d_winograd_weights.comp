// Transforms 3×3 weights for conv2d_winograd_gemm; runs once per model.
//
//   u[6*i + j][b][g][o][k] = (G w[kOut*b + o][4g + k] Gᵀ)[i][j], zero past the last channel
//
// w {Cout,Cin,3,3} fp32; u {36, blocks, ceil(Cin/4), kOut, 4} fp32. `flip` turns the taps by 180°
// and takes w as {Cin,Cout,3,3}: the weights of conv2d_dx with stride 1.
// One invocation: one element (b, g, o, k) of all 36 matrices.
// Grid: (ceil(ceil(Cin/4) * kOut * 4 / kLanes), blocks, 1).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "winograd.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 2) const int kOut = 16;

layout(set = 0, binding = 0) readonly buffer Weights { float w[]; };
layout(set = 0, binding = 1) writeonly buffer U { float u[]; };

layout(push_constant) uniform Push {
  int out_channels, in_channels;
  int flip;  // 0 or 1
};

void main() {
  const int groups_in = (in_channels + 3) / 4;
  const int block = int(gl_WorkGroupID.y);
  const int count = groups_in * kOut * 4;  // of one block and matrix
  const int e = int(gl_GlobalInvocationID.x);
  if (e >= count) return;
  const int out_channel = block * kOut + e / 4 % kOut;
  const int in_channel = e / (kOut * 4) * 4 + e % 4;
  const bool counts = out_channel < out_channels && in_channel < in_channels;
  const int pair = flip != 0 ? in_channel * out_channels + out_channel
                             : out_channel * in_channels + in_channel;
  float tap[9];
  for (int t = 0; t < 9; ++t) tap[t] = counts ? w[pair * 9 + (flip != 0 ? 8 - t : t)] : 0.0;
  for (int i = 0; i < kSide; ++i) {
    const vec3 row = vec3(transform_weights(i, vec3(tap[0], tap[3], tap[6])),
                          transform_weights(i, vec3(tap[1], tap[4], tap[7])),
                          transform_weights(i, vec3(tap[2], tap[5], tap[8])));
    for (int j = 0; j < kSide; ++j)
      u[((i * kSide + j) * int(gl_NumWorkGroups.y) + block) * count + e] =
          transform_weights(j, row);
  }
}

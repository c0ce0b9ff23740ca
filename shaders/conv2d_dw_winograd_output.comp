// The gradient of a convolution of stride 1 with respect to its weights, last step: adds up the
// chunks of tiles in their order and leaves Winograd's domain (include/winograd_gradient.glsl).
//
//   dw[4h + k][c] = Gᵀ m[.][h][c][k] G,  m = sum over chunks of m_chunk
//
// m {chunks, 36, groups_out, channels, 4} as an R32G32B32A32_SFLOAT texel buffer, what
// conv2d_winograd_gemm wrote with channels as its tiles; dw {Cout,C,kTaps,kTaps} fp32.
// One invocation: the weights of four output channels and one input channel.
// Grid: (channels / kLanes, ceil(Cout/4), 1).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "winograd_gradient.glsl"

layout(local_size_x_id = 0) in;

layout(set = 0, binding = 0) uniform textureBuffer m;
layout(set = 0, binding = 1) writeonly buffer Dw { float dw[]; };

layout(push_constant) uniform Push {
  int out_channels, in_channels;  // of dw
  int groups_out, chunks;
};

void main() {
  const int c = int(gl_GlobalInvocationID.x);
  const int h = int(gl_WorkGroupID.y);
  const int channels = int(gl_NumWorkGroups.x * gl_WorkGroupSize.x);

  vec4 sum[kSide * kSide];
  [[unroll]] for (int xi = 0; xi < kSide * kSide; ++xi)
    sum[xi] = texelFetch(m, (xi * groups_out + h) * channels + c);
  for (int chunk = 1; chunk < chunks; ++chunk)
    [[unroll]] for (int xi = 0; xi < kSide * kSide; ++xi)
      sum[xi] += texelFetch(m, ((chunk * kSide * kSide + xi) * groups_out + h) * channels + c);

  vec4 half_way[kSide][kMostTaps];
  [[unroll]] for (int j = 0; j < kSide; ++j) {
    vec4 column[kSide];
    [[unroll]] for (int i = 0; i < kSide; ++i) column[i] = sum[i * kSide + j];
    transform_weights_back(column, half_way[j]);
  }
  [[unroll]] for (int r = 0; r < kTaps; ++r) {
    vec4 row[kSide], w[kMostTaps];
    [[unroll]] for (int j = 0; j < kSide; ++j) row[j] = half_way[j][r];
    transform_weights_back(row, w);
    [[unroll]] for (int k = 0; k < 4; ++k)
      if (4 * h + k < out_channels && c < in_channels)
        [[unroll]] for (int q = 0; q < kTaps; ++q)
          dw[(((4 * h + k) * in_channels + c) * kTaps + r) * kTaps + q] = w[q][k];
  }
}

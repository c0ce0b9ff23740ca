// Gradient of a convolution with respect to its weights, for GPUs: an implicit matrix product through
// shared memory.
//
//   partial[slice][o][c][k][l] = sum over pixels p = (n,i,j) of the slice of
//       dy[n][o][i][j] * x[n][c][i*kStride - padding + k][j*kStride - padding + l]
//
// All NCHW; x outside its borders is zero. The matrices are dy {o, p} and gathered inputs
// {p, c*k*l}; slice s has the pixels s*pixels_per_slice … .
// One workgroup of 16×16 computes a tile of 64 channels × 64 weights, 16 pixels at a time; one
// invocation computes 4 × 4 of them, 16 apart.
// Grid: (ceil(C*Kh*Kw / 64), ceil(Cout / 64), slices).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"

layout(local_size_x = 16, local_size_y = 16) in;
layout(constant_id = 0) const int kKernelH = 3;
layout(constant_id = 1) const int kKernelW = 3;
layout(constant_id = 2) const int kStride = 1;

layout(std430, binding = 0) readonly buffer Dy { store_t dy[]; };
layout(std430, binding = 1) readonly buffer X { store_t x[]; };
layout(std430, binding = 2) writeonly buffer Partial { store_t partial[]; };
layout(push_constant) uniform Push {
  int in_channels, in_height, in_width;
  int out_channels, out_height, out_width;
  int padding;
  int pixels, pixels_per_slice;  // pixels: N * out_height * out_width
};

const int kTile = 64;
const int kDepth = 16;
const int kTaps = kKernelH * kKernelW;

shared float gradients[kDepth][kTile + 1];  // + 1: rows fall into different banks
shared float inputs[kDepth][kTile + 1];

void main() {
  const int thread = int(gl_LocalInvocationIndex);
  const int columns = in_channels * kTaps;
  const int first_column = int(gl_WorkGroupID.x) * kTile;
  const int first_channel = int(gl_WorkGroupID.y) * kTile;
  const int begin = int(gl_WorkGroupID.z) * pixels_per_slice;
  const int end = min(begin + pixels_per_slice, pixels);

  // The four columns whose inputs this invocation gathers: always the same ones.
  const int d = thread % kDepth;
  int plane[4], tap_y[4], tap_x[4];
  [[unroll]] for (int i = 0; i < 4; ++i) {
    const int column = min(first_column + thread / kDepth + i * 16, columns - 1);
    plane[i] = column / kTaps;
    tap_y[i] = column % kTaps / kKernelW - padding;
    tap_x[i] = column % kKernelW - padding;
  }

  float acc[4][4];
  [[unroll]] for (int o = 0; o < 4; ++o)
    [[unroll]] for (int p = 0; p < 4; ++p) acc[o][p] = 0.0;

  for (int base = begin; base < end; base += kDepth) {
    const int pixel = base + d;
    const int at = pixel % (out_height * out_width);
    const int n = pixel / (out_height * out_width);
    const int top = at / out_width * kStride;
    const int left = at % out_width * kStride;
    [[unroll]] for (int i = 0; i < 4; ++i) {
      const int o = thread / kDepth + i * 16;
      const int channel = first_channel + o;
      gradients[d][o] = pixel < end && channel < out_channels
                            ? dy[(n * out_channels + channel) * out_height * out_width + at] : 0.0;
      const int row = top + tap_y[i];
      const int column = left + tap_x[i];
      const bool counts =
          pixel < end && row >= 0 && row < in_height && column >= 0 && column < in_width;
      inputs[d][o] =
          counts ? x[((n * in_channels + plane[i]) * in_height + row) * in_width + column] : 0.0;
    }
    barrier();
    [[unroll]] for (int e = 0; e < kDepth; ++e) {
      float a[4], b[4];
      [[unroll]] for (int i = 0; i < 4; ++i) {
        a[i] = gradients[e][gl_LocalInvocationID.y + i * 16];
        b[i] = inputs[e][gl_LocalInvocationID.x + i * 16];
      }
      [[unroll]] for (int o = 0; o < 4; ++o)
        [[unroll]] for (int p = 0; p < 4; ++p) acc[o][p] += a[o] * b[p];
    }
    barrier();
  }

  [[unroll]] for (int o = 0; o < 4; ++o)
    [[unroll]] for (int p = 0; p < 4; ++p) {
      const int channel = first_channel + int(gl_LocalInvocationID.y) + o * 16;
      const int column = first_column + int(gl_LocalInvocationID.x) + p * 16;
      if (channel < out_channels && column < columns)
        partial[(int(gl_WorkGroupID.z) * out_channels + channel) * columns + column] = acc[o][p];
    }
}

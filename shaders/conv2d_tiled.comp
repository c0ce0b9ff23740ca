// Convolution for GPUs: an implicit matrix product through shared memory.
//
//   y[n][o][Y(r)][X(q)] = epilogue( sum over c, t, s of
//       x[n][c][r*kStride + source_y + t][q*kStride + source_x + s] * w(o, c, t, s) )
//   Y(r) = r*out_step + out_row,  X(q) = q*out_step + out_column
//   w(o, c, t, s) = w[o*out_stride + c*in_stride + (tap_y + t*step_y)*row_stride + tap_x + s*step_x]
//
// which is conv2d, or one phase of conv2d_dx (compute/ops/conv2d_kernels.h). x outside its borders
// is zero; all NCHW. The matrices are weights {o, c*t*s} and gathered inputs {c*t*s, n*r*q}.
// One workgroup of 16×16 computes a tile of 64 channels × 64 pixels, 16 steps of the sum at a time;
// one invocation computes 4 channels × 4 pixels, 16 apart.
// Grid: (tiles of pixels, ceil(Cout / 64), rows of tiles): ceil(N*rows*columns / 64) tiles in all.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "epilogue.glsl"

layout(local_size_x = 16, local_size_y = 16) in;
layout(constant_id = 0) const int kTapsY = 3;
layout(constant_id = 1) const int kTapsX = 3;
layout(constant_id = 2) const int kStride = 1;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) readonly buffer W { store_t w[]; };
layout(std430, binding = 2) readonly buffer Bias { store_t bias[]; };
layout(std430, binding = 3) readonly buffer Slope { store_t slope[]; };
layout(std430, binding = 4) readonly buffer Residual { store_t residual[]; };
layout(std430, binding = 5) writeonly buffer Y { store_t y[]; };
layout(push_constant) uniform Push {
  int batch, in_channels, in_height, in_width;
  int rows, columns;  // of outputs to compute
  int out_channels, out_height, out_width;
  int out_row, out_column, out_step;
  int source_y, source_x;
  int out_stride, in_stride, row_stride;
  int tap_y, step_y, tap_x, step_x;
  EpilogueScalars scalars;
};

const int kTile = 64;
const int kDepth = 16;
const int kTaps = kTapsY * kTapsX;

shared float weights[kDepth][kTile + 1];  // + 1: rows fall into different banks
shared float inputs[kDepth][kTile];

void main() {
  const int thread = int(gl_LocalInvocationIndex);
  // Tiles of pixels lie along x and, where there are more than that has room for, along z.
  const int first_pixel = int(gl_WorkGroupID.x + gl_WorkGroupID.z * gl_NumWorkGroups.x) * kTile;
  const int first_channel = int(gl_WorkGroupID.y) * kTile;
  const int depth = in_channels * kTaps;
  const int pixels = batch * rows * columns;

  // The pixel whose inputs this invocation gathers: always the same one.
  const int gathered = first_pixel + thread % kTile;
  const int q = gathered % columns;
  const int r = gathered / columns % rows;
  const int n = gathered / (columns * rows);
  const int corner_y = r * kStride + source_y;
  const int corner_x = q * kStride + source_x;
  const int picture = n * in_channels * in_height * in_width;

  float acc[4][4];
  [[unroll]] for (int o = 0; o < 4; ++o)
    [[unroll]] for (int p = 0; p < 4; ++p) acc[o][p] = 0.0;

  for (int base = 0; base < depth; base += kDepth) {
    [[unroll]] for (int i = 0; i < 4; ++i) {
      const int d = thread % kDepth;
      const int o = thread / kDepth + i * 16;
      const int at = base + d;
      const int c = at / kTaps;
      const int tap = at % kTaps;
      const int offset = (tap_y + tap / kTapsX * step_y) * row_stride + tap_x + tap % kTapsX * step_x;
      const int channel = first_channel + o;
      weights[d][o] = at < depth && channel < out_channels
                          ? w[channel * out_stride + c * in_stride + offset] : 0.0;
    }
    [[unroll]] for (int i = 0; i < 4; ++i) {
      const int d = thread / kTile + i * 4;
      const int at = base + d;
      const int c = at / kTaps;
      const int tap = at % kTaps;
      const int row = corner_y + tap / kTapsX;
      const int column = corner_x + tap % kTapsX;
      const bool counts = at < depth && gathered < pixels && row >= 0 && row < in_height &&
                          column >= 0 && column < in_width;
      inputs[d][thread % kTile] =
          counts ? x[picture + (c * in_height + row) * in_width + column] : 0.0;
    }
    barrier();
    [[unroll]] for (int d = 0; d < kDepth; ++d) {
      float a[4], b[4];
      [[unroll]] for (int i = 0; i < 4; ++i) {
        a[i] = weights[d][gl_LocalInvocationID.y + i * 16];
        b[i] = inputs[d][gl_LocalInvocationID.x + i * 16];
      }
      [[unroll]] for (int o = 0; o < 4; ++o)
        [[unroll]] for (int p = 0; p < 4; ++p) acc[o][p] += a[o] * b[p];
    }
    barrier();
  }

  [[unroll]] for (int p = 0; p < 4; ++p) {
    const int pixel = first_pixel + int(gl_LocalInvocationID.x) + p * 16;
    const int out_y = pixel / columns % rows * out_step + out_row;
    const int out_x = pixel % columns * out_step + out_column;
    const int image = pixel / (columns * rows);
    [[unroll]] for (int o = 0; o < 4; ++o) {
      const int channel = first_channel + int(gl_LocalInvocationID.y) + o * 16;
      if (channel < out_channels && pixel < pixels) {
        const int at = ((image * out_channels + channel) * out_height + out_y) * out_width + out_x;
        const float b = kHasBias != 0 ? bias[channel] : 0.0;
        const float s = kActivation == kPrelu ? slope[channel * kSlopeStride] : 0.0;
        const float add = kHasResidual != 0 ? residual[at] : 0.0;
        y[at] = epilogue(acc[o][p], b, s, add, scalars);
      }
    }
  }
}

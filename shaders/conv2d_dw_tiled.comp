// Gradient of a convolution with respect to its weights, for GPUs: an implicit matrix product through
// shared memory.
//
//   partial[slice][o][c][k][l] = sum over pixels p = (n,i,j) of the slice of
//       dy[n][o][i][j] * x[n][c][i*kStride - padding + k][j*kStride - padding + l]
//
// All NCHW; x outside its borders is zero. The matrices are dy {o, p} and gathered inputs
// {p, (k,l)*c}, taps outermost; slice s has the pixels s*pixels_per_slice … .
//
// A workgroup of kLanesO x kLanesC computes a tile of kTileO channels of dy x kTileC weights, kDepth
// pixels at a time; an invocation computes 4*kQuadsO x 4*kQuadsC of them. What the next step needs is
// on its way from memory into registers while this one is computed.
// Grid: (ceil(C*Kh*Kw / kTileC), ceil(Cout / kTileO), slices).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const int kKernelH = 3;
layout(constant_id = 2) const int kKernelW = 3;
layout(constant_id = 3) const int kStride = 1;
layout(constant_id = 4) const int kLanesO = 8;
layout(constant_id = 5) const int kLanesC = 8;
layout(constant_id = 6) const int kQuadsO = 2;
layout(constant_id = 7) const int kQuadsC = 2;
layout(constant_id = 8) const int kDepth = 16;
layout(constant_id = 9) const bool kOneTap = false;  // kTileC divides C: a tile is of one tap

layout(std430, binding = 0) readonly buffer Dy { store_t dy[]; };
layout(std430, binding = 1) readonly buffer X { store_t x[]; };
layout(std430, binding = 2) writeonly buffer Partial { float partial[]; };
layout(push_constant) uniform Push {
  int in_channels, in_height, in_width;
  int out_channels, out_height, out_width;
  int padding;
  int pixels, pixels_per_slice;  // pixels: N * out_height * out_width
};

const int kSize = kLanesO * kLanesC;
const int kTileO = kLanesO * kQuadsO * 4;
const int kTileC = kLanesC * kQuadsC * 4;
const int kTaps = kKernelH * kKernelW;
const int kApart = kSize / kDepth;  // rows of a matrix that are loaded at a time
const int kLoadsO = kTileO / kApart;
const int kLoadsC = kTileC / kApart;
const int kRowO = kTileO / 4 + 1;  // + 1: pixels fall into different banks
const int kRowC = kTileC / 4 + 1;

shared vec4 gradients[kDepth * kRowO];
shared vec4 inputs[kDepth * kRowC];

float next_gradients[kLoadsO], next_inputs[kLoadsC];
// The columns whose inputs this invocation gathers. Of one tap they are `kApart` channels apart.
int plane_of[kOneTap ? 1 : kLoadsC], tap_y[kOneTap ? 1 : kLoadsC], tap_x[kOneTap ? 1 : kLoadsC];

// Loads what this invocation gathers of a pixel; zeros from `end` on.
void fetch(int pixel, int end, int first_channel) {
  const int plane = out_height * out_width;
  const int n = pixel / plane;
  const int at = pixel - n * plane;
  const int i = at / out_width;
  const int top = i * kStride;
  const int left = (at - i * out_width) * kStride;
  const int in_plane = in_height * in_width;
  const bool counts = pixel < end;
  const int from = (n * out_channels + first_channel) * plane + at;
  [[unroll]] for (int o = 0; o < kLoadsO; ++o)
    next_gradients[o] =
        counts && first_channel + o * kApart < out_channels ? acc_t(dy[from + o * kApart * plane])
                                                            : 0.0;
  const int picture = n * in_channels * in_plane;
  if (kOneTap) {
    const int row = top + tap_y[0];
    const int column = left + tap_x[0];
    const bool inside =
        counts && row >= 0 && row < in_height && column >= 0 && column < in_width;
    const int source = picture + plane_of[0] + row * in_width + column;
    [[unroll]] for (int c = 0; c < kLoadsC; ++c)
      next_inputs[c] = inside ? acc_t(x[source + c * kApart * in_plane]) : 0.0;
  } else {
    [[unroll]] for (int c = 0; c < kLoadsC; ++c) {
      const int row = top + tap_y[c];
      const int column = left + tap_x[c];
      const bool inside =
          counts && row >= 0 && row < in_height && column >= 0 && column < in_width;
      next_inputs[c] =
          inside ? acc_t(x[picture + plane_of[c] + row * in_width + column]) : 0.0;
    }
  }
}

void main() {
  const int thread = int(gl_LocalInvocationIndex);
  const int columns = in_channels * kTaps;
  const int first_column = int(gl_WorkGroupID.x) * kTileC;
  const int first_channel = int(gl_WorkGroupID.y) * kTileO;
  const int begin = int(gl_WorkGroupID.z) * pixels_per_slice;
  const int end = min(begin + pixels_per_slice, pixels);

  const int d = thread % kDepth;
  const int row = thread / kDepth;
  [[unroll]] for (int i = 0; i < (kOneTap ? 1 : kLoadsC); ++i) {
    // Of a column that there is none of, the last one is gathered.
    const int column = min(first_column + (kOneTap ? 0 : row + i * kApart), columns - 1);
    const int tap = column / in_channels;
    const int c = column % in_channels + (kOneTap ? row : 0);
    plane_of[i] = c * in_height * in_width;
    tap_y[i] = tap / kKernelW - padding;
    tap_x[i] = tap % kKernelW - padding;
  }

  const int lane_o = thread / kLanesC;
  const int lane_c = thread % kLanesC;
  vec4 acc[4 * kQuadsO][kQuadsC];
  [[unroll]] for (int o = 0; o < 4 * kQuadsO; ++o)
    [[unroll]] for (int c = 0; c < kQuadsC; ++c) acc[o][c] = vec4(0.0);

  int base = begin;
  if (base < end) {
    fetch(base + d, end, first_channel + row);
    for (;;) {
      [[unroll]] for (int o = 0; o < kLoadsO; ++o) {
        const int at = row + o * kApart;
        gradients[d * kRowO + at / 4][at % 4] = next_gradients[o];
      }
      [[unroll]] for (int c = 0; c < kLoadsC; ++c) {
        const int at = row + c * kApart;
        inputs[d * kRowC + at / 4][at % 4] = next_inputs[c];
      }
      barrier();
      base += kDepth;
      if (base < end) fetch(base + d, end, first_channel + row);
      [[unroll]] for (int e = 0; e < kDepth; ++e) {
        vec4 a[kQuadsO], b[kQuadsC];
        [[unroll]] for (int i = 0; i < kQuadsO; ++i)
          a[i] = gradients[e * kRowO + lane_o + i * kLanesO];
        [[unroll]] for (int i = 0; i < kQuadsC; ++i)
          b[i] = inputs[e * kRowC + lane_c + i * kLanesC];
        [[unroll]] for (int o = 0; o < 4 * kQuadsO; ++o)
          [[unroll]] for (int c = 0; c < kQuadsC; ++c)
            acc[o][c] = fma(vec4(a[o / 4][o % 4]), b[c], acc[o][c]);
      }
      if (base >= end) break;
      barrier();
    }
  }

  [[unroll]] for (int c = 0; c < 4 * kQuadsC; ++c) {
    const int column = first_column + (lane_c + c / 4 * kLanesC) * 4 + c % 4;
    const int weight = column % in_channels * kTaps + column / in_channels;
    [[unroll]] for (int o = 0; o < 4 * kQuadsO; ++o) {
      const int channel = first_channel + (lane_o + o / 4 * kLanesO) * 4 + o % 4;
      if (channel < out_channels && column < columns)
        partial[(int(gl_WorkGroupID.z) * out_channels + channel) * columns + weight] =
            acc[o][c / 4][c % 4];
    }
  }
}

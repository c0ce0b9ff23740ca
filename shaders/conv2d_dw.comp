// Gradient of a convolution with respect to its weights:
//   dw[o,c,k,l] = sum over n,i,j of dy[n,o,i,j] * x[n,c,i*S-P+k,j*S-P+l]
// All NCHW; x outside its borders is zero. The rows (n,i) of dy are dealt out to slices:
//   partial[slice,o,c,k,l] = the same sum over rows slice*rows_per_slice … of dy
// so that long sums run side by side; whoever launches this adds up the slices.
// The kernel for every device and every shape. One invocation computes one (c,k,l) of kChannels
// channels o for one slice. Grid: (ceil(C*Kh*Kw / 64), ceil(Cout / kChannels), slices).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;

layout(std430, binding = 0) readonly buffer Dy { store_t dy[]; };
layout(std430, binding = 1) readonly buffer X { store_t x[]; };
layout(std430, binding = 2) writeonly buffer Partial { float partial[]; };
layout(push_constant) uniform Push {
  int in_channels, in_height, in_width;
  int out_channels, out_height, out_width;
  int kernel_h, kernel_w, stride, padding;
  int rows, rows_per_slice;  // rows: N * out_height
};

const int kChannels = 4;

void main() {
  int taps = kernel_h * kernel_w;
  int column = int(gl_GlobalInvocationID.x);
  if (column >= in_channels * taps) return;
  int c = column / taps;
  int k = column % taps / kernel_w;
  int l = column % kernel_w;
  int first_channel = int(gl_WorkGroupID.y) * kChannels;
  int slice = int(gl_WorkGroupID.z);

  acc_t acc[kChannels];
  for (int o = 0; o < kChannels; ++o) acc[o] = 0.0;
  int end = min((slice + 1) * rows_per_slice, rows);
  for (int row = slice * rows_per_slice; row < end; ++row) {
    int n = row / out_height;
    int i = row % out_height;
    int h = i * stride - padding + k;
    if (h < 0 || h >= in_height) continue;
    int at_x = ((n * in_channels + c) * in_height + h) * in_width;
    for (int j = 0; j < out_width; ++j) {
      int v = j * stride - padding + l;
      float value = v >= 0 && v < in_width ? acc_t(x[at_x + v]) : 0.0;
      for (int o = 0; o < kChannels; ++o) {
        int channel = min(first_channel + o, out_channels - 1);
        acc[o] +=
            value * acc_t(dy[((n * out_channels + channel) * out_height + i) * out_width + j]);
      }
    }
  }

  for (int o = 0; o < kChannels; ++o)
    if (first_channel + o < out_channels)
      partial[(slice * out_channels + first_channel + o) * in_channels * taps + column] = acc[o];
}

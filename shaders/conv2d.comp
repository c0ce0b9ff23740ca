// Convolution, or its gradient with respect to x (the transposed convolution), with an epilogue:
//   conv2d     y[n,o,i,j] = sum over c,k,l of x[n,c,i*S-P+k,j*S-P+l] * w[o,c,k,l]
//   conv2d_dx  y[n,o,i,j] = sum over c,k,l with (i+P-k) % S == 0 (and so for j)
//                           of x[n,c,(i+P-k)/S,(j+P-l)/S] * w[c,o,k,l]
// All NCHW; x outside its borders is zero. The kernel for every device and every shape: no shared
// memory, no features. One invocation computes kPixels pixels, one after the other in a plane, of
// kChannels channels.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "epilogue.glsl"

layout(local_size_x = 64) in;
layout(constant_id = 0) const bool kTransposed = false;
layout(constant_id = 1) const int kKernelH = 3;
layout(constant_id = 2) const int kKernelW = 3;
layout(constant_id = 3) const int kStride = 1;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) readonly buffer W { store_t w[]; };
layout(std430, binding = 2) readonly buffer Bias { float bias[]; };
layout(std430, binding = 3) readonly buffer Slope { float slope[]; };
layout(std430, binding = 4) readonly buffer Residual { store_t residual[]; };
layout(std430, binding = 5) writeonly buffer Y { mixed_t y[]; };
layout(push_constant) uniform Push {
  int in_channels, in_h, in_w;
  int out_channels, out_h, out_w;
  int padding;
  EpilogueScalars scalars;
};

const int kPixels = 4;
const int kChannels = 8;

// Row or column of x that output position `at` and kernel position `k` meet; -1 where none.
int source(int at, int k, int size) {
  int i;
  if (kTransposed) {
    i = at + padding - k;
    if (i < 0 || i % kStride != 0) return -1;
    i /= kStride;
  } else {
    i = at * kStride - padding + k;
  }
  return i >= 0 && i < size ? i : -1;
}

void main() {
  int plane = out_h * out_w;
  int first_pixel = int(gl_GlobalInvocationID.x) * kPixels;
  int first_channel = int(gl_WorkGroupID.y) * kChannels;
  int n = int(gl_WorkGroupID.z);
  if (first_pixel >= plane) return;

  acc_t acc[kChannels][kPixels];
  for (int o = 0; o < kChannels; ++o)
    for (int p = 0; p < kPixels; ++p) acc[o][p] = 0.0;

  int taps = kKernelH * kKernelW;
  // Where the weights of one output channel lie, and how far apart those of two are.
  int tap_step = kTransposed ? out_channels * taps : taps;
  int channel_step = kTransposed ? taps : in_channels * taps;

  for (int k = 0; k < kKernelH; ++k)
    for (int l = 0; l < kKernelW; ++l) {
      int at[kPixels];
      for (int p = 0; p < kPixels; ++p) {
        int pixel = first_pixel + p;
        int i = source(pixel / out_w, k, in_h);
        int j = source(pixel % out_w, l, in_w);
        at[p] = pixel < plane && i >= 0 && j >= 0 ? i * in_w + j : -1;
      }
      for (int c = 0; c < in_channels; ++c) {
        int base = (n * in_channels + c) * in_h * in_w;
        float v[kPixels];
        for (int p = 0; p < kPixels; ++p) v[p] = at[p] >= 0 ? acc_t(x[base + at[p]]) : 0.0;
        int weight = c * tap_step + k * kKernelW + l;
        for (int o = 0; o < kChannels; ++o) {
          int channel = min(first_channel + o, out_channels - 1);
          float f = acc_t(w[weight + channel * channel_step]);
          for (int p = 0; p < kPixels; ++p) acc[o][p] += f * v[p];
        }
      }
    }

  for (int o = 0; o < kChannels; ++o) {
    int channel = first_channel + o;
    if (channel >= out_channels) return;
    float b = kHasBias != 0 ? bias[channel] : 0.0;
    float a = kActivation == kPrelu ? slope[channel * kSlopeStride] : 0.0;
    for (int p = 0; p < kPixels; ++p) {
      int pixel = first_pixel + p;
      if (pixel < plane) {
        int index = (n * out_channels + channel) * plane + pixel;
        float add = kHasResidual != 0 ? acc_t(residual[index]) : 0.0;
        y[index] = mixed_t(epilogue(acc[o][p], b, a, add, scalars));
      }
    }
  }
}

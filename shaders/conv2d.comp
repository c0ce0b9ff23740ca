// Convolution, or its gradient with respect to x (the transposed convolution), with an epilogue:
//   conv2d     y[n,o,i,j] = sum over c,k,l of x[n,c,i*S-P+k,j*S-P+l] * w[o,c,k,l]
//   conv2d_dx  y[n,o,i,j] = sum over c,k,l with (i+P-k) % S == 0 (and so for j)
//                           of x[n,c,(i+P-k)/S,(j+P-l)/S] * w[c,o,k,l]
// All NCHW; x outside its borders is zero. The kernel for every device and every shape: no shared
// memory, no features. One invocation computes PIXELS pixels, one after the other in a plane, of
// CHANNELS channels.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;
layout(constant_id = 4) const bool TRANSPOSED = false;
layout(constant_id = 5) const int KERNEL_H = 3;
layout(constant_id = 6) const int KERNEL_W = 3;
layout(constant_id = 7) const int STRIDE = 1;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) readonly buffer W { store_t w[]; };
layout(std430, binding = 2) readonly buffer Bias { store_t bias_[]; };
layout(std430, binding = 3) readonly buffer Slope { store_t slope_[]; };
layout(std430, binding = 4) readonly buffer Residual { store_t residual_[]; };
layout(std430, binding = 5) writeonly buffer Y { store_t y[]; };
layout(push_constant) uniform Push {
  int in_channels, in_h, in_w;
  int out_channels, out_h, out_w;
  int padding;
  float activation_a, activation_b, output_scale;
};

#include "epilogue.glsl"

const int PIXELS = 4;
const int CHANNELS = 8;

// Row or column of x that output position `at` and kernel position `k` meet; -1 where none.
int source(int at, int k, int size) {
  int i;
  if (TRANSPOSED) {
    i = at + padding - k;
    if (i < 0 || i % STRIDE != 0) return -1;
    i /= STRIDE;
  } else {
    i = at * STRIDE - padding + k;
  }
  return i >= 0 && i < size ? i : -1;
}

void main() {
  int plane = out_h * out_w;
  int first_pixel = int(gl_GlobalInvocationID.x) * PIXELS;
  int first_channel = int(gl_WorkGroupID.y) * CHANNELS;
  int n = int(gl_WorkGroupID.z);
  if (first_pixel >= plane) return;

  acc_t acc[CHANNELS][PIXELS];
  for (int o = 0; o < CHANNELS; ++o)
    for (int p = 0; p < PIXELS; ++p) acc[o][p] = 0.0;

  int taps = KERNEL_H * KERNEL_W;
  // Where the weights of one output channel lie, and how far apart those of two are.
  int tap_step = TRANSPOSED ? out_channels * taps : taps;
  int channel_step = TRANSPOSED ? taps : in_channels * taps;

  for (int k = 0; k < KERNEL_H; ++k)
    for (int l = 0; l < KERNEL_W; ++l) {
      int at[PIXELS];
      for (int p = 0; p < PIXELS; ++p) {
        int pixel = first_pixel + p;
        int i = source(pixel / out_w, k, in_h);
        int j = source(pixel % out_w, l, in_w);
        at[p] = pixel < plane && i >= 0 && j >= 0 ? i * in_w + j : -1;
      }
      for (int c = 0; c < in_channels; ++c) {
        int base = (n * in_channels + c) * in_h * in_w;
        float v[PIXELS];
        for (int p = 0; p < PIXELS; ++p) v[p] = at[p] >= 0 ? x[base + at[p]] : 0.0;
        int weight = c * tap_step + k * KERNEL_W + l;
        for (int o = 0; o < CHANNELS; ++o) {
          int channel = min(first_channel + o, out_channels - 1);
          float f = w[weight + channel * channel_step];
          for (int p = 0; p < PIXELS; ++p) acc[o][p] += f * v[p];
        }
      }
    }

  for (int o = 0; o < CHANNELS; ++o) {
    int channel = first_channel + o;
    for (int p = 0; p < PIXELS; ++p) {
      int pixel = first_pixel + p;
      if (channel < out_channels && pixel < plane) {
        uint index = uint((n * out_channels + channel) * plane + pixel);
        y[index] = epilogue(acc[o][p], uint(channel), index);
      }
    }
  }
}

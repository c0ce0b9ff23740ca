// Repacks weights for conv2d_tiled; runs once per model, in training once per step.
//
//   packed[tap][c][o] = w[o*out_stride + c*in_stride + tap]
//
// o up to the next multiple of four, zero beyond out_channels. The strides say which axis of w is
// which: conv2d reads w {out, in, Kh, Kw}, conv2d_dx w {in, out, Kh, Kw}.
// One invocation: one vec4. Grid: flat_index() over taps * in_channels * ceil(out_channels / 4).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"

layout(local_size_x = 64) in;

layout(std430, binding = 0) readonly buffer W { mixed_t w[]; };
layout(std430, binding = 1) writeonly buffer Packed { store4_t packed[]; };
layout(push_constant) uniform Push {
  int taps, in_channels, out_channels;
  int out_stride, in_stride;  // in elements of w
};

void main() {
  const int quads = (out_channels + 3) / 4;
  const int at = int(flat_index());
  if (at >= taps * in_channels * quads) return;
  const int c = at / quads % in_channels;
  const int first = at / (quads * in_channels) + c * in_stride;
  vec4 value;
  [[unroll]] for (int k = 0; k < 4; ++k) {
    const int o = at % quads * 4 + k;
    value[k] = o < out_channels ? acc_t(w[first + o * out_stride]) : 0.0;
  }
  packed[at] = store4_t(value);
}

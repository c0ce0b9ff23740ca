// Repacks weights for conv2d_texel; runs once per model, in training once per step.
//
//   packed[b][t][g][s][o][k] =
//       w[out = kOut*b + o][in = 4g + k][first_y + t*step_y][first_x + s*step_x]
//
// zero where `out` or `in` lies past the end. The strides say which axis of w {.,.,Kh,Kw} is which:
// conv2d reads out at in_channels*Kh*Kw and in at Kh*Kw; conv2d_dx swaps the two, and each of its
// stride*stride phases takes every stride-th tap, backwards (negative step).
// w as an R32_SFLOAT texel buffer, or with kTexel4, for devices whose texel buffers are small, as an
// R32G32B32A32_SFLOAT one; packed {blocks, taps_y, ceil(in/4), taps_x, kOut, 4} fp32.
// One invocation: one vec4. Grid: (ceil(taps_x * kOut / kLanes), ceil(in/4), blocks * taps_y).
#version 450
#extension GL_EXT_control_flow_attributes : require

layout(local_size_x_id = 0) in;
layout(constant_id = 2) const int kOut = 8;
layout(constant_id = 6) const int kTexel4 = 0;

layout(set = 0, binding = 0) uniform textureBuffer w;
layout(set = 0, binding = 1) writeonly buffer Packed { vec4 packed[]; };

layout(push_constant) uniform Push {
  int out_channels, in_channels;
  int out_stride, in_stride;  // in elements of w
  int row_stride;             // Kw of w
  int taps_y, taps_x;
  int first_y, step_y, first_x, step_x;
};

float weight(int at) {
  if (kTexel4 == 0) return texelFetch(w, at).r;
  const vec4 four = texelFetch(w, at / 4);
  const int k = at % 4;
  return k == 0 ? four.x : k == 1 ? four.y : k == 2 ? four.z : four.w;
}

void main() {
  const int count = taps_x * kOut;
  const int i = int(gl_GlobalInvocationID.x);
  if (i >= count) return;
  const int g = int(gl_WorkGroupID.y);
  const int line = int(gl_WorkGroupID.z);  // block * taps_y + t
  const int out_channel = line / taps_y * kOut + i % kOut;
  const int y = first_y + line % taps_y * step_y;
  const int x = first_x + i / kOut * step_x;
  const int at = min(out_channel, out_channels - 1) * out_stride + y * row_stride + x;
  vec4 value;
  [[unroll]] for (int k = 0; k < 4; ++k) {
    const int in_channel = 4 * g + k;
    const float v = weight(at + min(in_channel, in_channels - 1) * in_stride);
    value[k] = out_channel < out_channels && in_channel < in_channels ? v : 0.0;
  }
  packed[(line * int(gl_NumWorkGroups.y) + g) * count + i] = value;
}

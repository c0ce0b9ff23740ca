// Repacks weights for conv2d_texel; runs once per model.
//
//   packed[b][t][g][s][o][k] =
//       w[out = kOut*b + o][in = 4g + k][first_y + t*step_y][first_x + s*step_x]
//
// zero where `out` or `in` lies past the end. The strides say which axis of w {.,.,Kh,Kw} is which:
// conv2d reads out at in_channels*Kh*Kw and in at Kh*Kw; conv2d_dx swaps the two, and each of its
// stride*stride phases takes every stride-th tap, backwards (negative step).
// w is fp32; packed {blocks, taps_y, ceil(in/4), taps_x, kOut, 4} fp32.
// One invocation: one vec4. Grid: (ceil(taps_y * ceil(in/4) * taps_x * kOut / kLanes), blocks, 1).
#version 450

layout(local_size_x_id = 0) in;
layout(constant_id = 2) const int kOut = 8;

layout(set = 0, binding = 0) readonly buffer Weights { float w[]; };
layout(set = 0, binding = 1) writeonly buffer Packed { vec4 packed[]; };

layout(push_constant) uniform Push {
  int out_channels, in_channels;
  int out_stride, in_stride;  // in elements of w
  int row_stride;             // Kw of w
  int taps_y, taps_x;
  int first_y, step_y, first_x, step_x;
};

void main() {
  const int groups_in = (in_channels + 3) / 4;
  const int block = int(gl_WorkGroupID.y);
  const int count = taps_y * groups_in * taps_x * kOut;  // of one block
  const int i = int(gl_GlobalInvocationID.x);
  if (i >= count) return;
  const int out_channel = block * kOut + i % kOut;
  int rest = i / kOut;
  const int s = rest % taps_x;
  rest /= taps_x;
  const int g = rest % groups_in;
  const int t = rest / groups_in;
  const int tap = (first_y + t * step_y) * row_stride + first_x + s * step_x;
  vec4 value = vec4(0.0);
  for (int k = 0; k < 4; ++k)
    if (out_channel < out_channels && 4 * g + k < in_channels)
      value[k] = w[out_channel * out_stride + (4 * g + k) * in_stride + tap];
  packed[block * count + i] = value;
}

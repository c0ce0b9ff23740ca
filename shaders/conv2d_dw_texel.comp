// Gradient of a convolution with respect to its weights, for CPU drivers:
//
//   partial[slice][o][c][k][l] = sum over rows (n,i) of the slice and over j of
//       dy[n][o][i][j] * x[n][c][i*kStride - padding + k][j*kStride - padding + l]
//
// dy and x are R32G32B32A32_SFLOAT texel buffers: four neighbouring pixels of a row, rows being a
// multiple of four pixels long (whoever launches this fills them up with zeros). x outside its
// borders is zero.
//
// One workgroup is one subgroup. A lane owns kRows kernel rows (c,k), kLanes apart, and computes
// their taps l for kOut channels o: a texel of x serves all the taps that use it, at shifts known
// when the shader is compiled, and stays in registers until it has served the last of them. Of dy a
// lane fetches one channel for the whole subgroup, which get it by a shuffle with a constant lane.
// Grid: (ceil(C*Kh / (kLanes*kRows)), ceil(Cout / kOut), slices).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "lanes.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const int kLanes = 8;  // the subgroup size
layout(constant_id = 1) const int kRows = 1;
layout(constant_id = 2) const int kOut = 16;
layout(constant_id = 3) const int kTapsX = 3;
layout(constant_id = 4) const int kStride = 1;
layout(constant_id = 5) const int kShift = 0;   // -padding modulo 4
layout(constant_id = 6) const int kTexels = 1;  // of dy in one turn

layout(set = 0, binding = 0) uniform textureBuffer dy;
layout(set = 0, binding = 1) uniform textureBuffer x;
layout(set = 0, binding = 2) writeonly buffer Partial { float partial[]; };
layout(set = 0, binding = 2) writeonly buffer Partial4 { vec4 partial4[]; };

layout(push_constant) uniform Push {
  int in_channels, in_height, in_texels;     // of x, widths in texels
  int out_channels, out_height, out_texels;  // of dy
  int kernel_h, padding;
  int first_texel;  // floor(-padding / 4)
  int rows, rows_per_slice;  // rows: N * out_height
};

const int kWindow = (kShift + (4 * kTexels - 1) * kStride + kTapsX - 1) / 4 + 1;  // texels of x
const int kStep = kStride * kTexels;
const int kKept = kWindow > kStep ? kWindow - kStep : 0;  // from turn to turn
const int kFetches = (kOut + kLanes - 1) / kLanes;

vec4 fetch(int line, int texel, bool row_counts) {
  const bool counts = row_counts && texel >= 0 && texel < in_texels;
  return mix(vec4(0.0), texelFetch(x, line + clamp(texel, 0, in_texels - 1)), bvec4(counts));
}

void main() {
  const int lane = int(gl_LocalInvocationID.x);
  const int first_column = int(gl_WorkGroupID.x) * kLanes * kRows + lane;
  const int columns = in_channels * kernel_h;
  const int first_channel = int(gl_WorkGroupID.y) * kOut;

  float acc[kOut][kRows][kTapsX];
  [[unroll]] for (int o = 0; o < kOut; ++o)
    [[unroll]] for (int q = 0; q < kRows; ++q)
      [[unroll]] for (int l = 0; l < kTapsX; ++l) acc[o][q][l] = 0.0;

  int channel[kFetches];
  [[unroll]] for (int f = 0; f < kFetches; ++f)
    channel[f] = min(first_channel + min(f * kLanes + lane, kOut - 1), out_channels - 1);

  // Divisions are dear: none in the loop.
  int channel_x[kRows], first_h[kRows];
  [[unroll]] for (int q = 0; q < kRows; ++q) {
    const int column = min(first_column + q * kLanes, columns - 1);
    channel_x[q] = column / kernel_h;
    first_h[q] = column - channel_x[q] * kernel_h - padding;
  }
  const int begin = int(gl_WorkGroupID.z) * rows_per_slice;
  const int end = min(begin + rows_per_slice, rows);
  int n = begin / out_height;
  int i = begin - n * out_height;
  for (int row = begin; row < end; ++row) {
    int line[kRows];
    bool counts[kRows];
    vec4 v[kRows][kWindow];
    [[unroll]] for (int q = 0; q < kRows; ++q) {
      const int h = i * kStride + first_h[q];
      counts[q] = h >= 0 && h < in_height;
      line[q] = ((n * in_channels + channel_x[q]) * in_height + clamp(h, 0, in_height - 1)) *
                in_texels;
      [[unroll]] for (int t = 0; t < kKept; ++t) v[q][t] = fetch(line[q], first_texel + t, counts[q]);
    }
    int at_dy[kFetches];
    [[unroll]] for (int f = 0; f < kFetches; ++f)
      at_dy[f] = ((n * out_channels + channel[f]) * out_height + i) * out_texels;

    int texel = first_texel + kKept;
    for (int j = 0; j < out_texels; j += kTexels) {
      [[unroll]] for (int q = 0; q < kRows; ++q)
        [[unroll]] for (int t = kKept; t < kWindow; ++t)
          v[q][t] = fetch(line[q], texel + t - kKept, counts[q]);
      vec4 d[kFetches][kTexels];
      [[unroll]] for (int f = 0; f < kFetches; ++f)
        [[unroll]] for (int t = 0; t < kTexels; ++t) d[f][t] = texelFetch(dy, at_dy[f] + j + t);
      [[unroll]] for (int o = 0; o < kOut; ++o)
        [[unroll]] for (int p = 0; p < 4 * kTexels; ++p) {
          const float g = from_lane(d[o / kLanes][p / 4][p % 4], o % kLanes);
          [[unroll]] for (int q = 0; q < kRows; ++q)
            [[unroll]] for (int l = 0; l < kTapsX; ++l) {
              const int at = kShift + p * kStride + l;
              acc[o][q][l] += v[q][at / 4][at % 4] * g;
            }
        }
      [[unroll]] for (int q = 0; q < kRows; ++q)
        [[unroll]] for (int t = 0; t < kKept; ++t) v[q][t] = v[q][t + kStep];
      texel += kStep;
    }
    if (++i == out_height) {
      i = 0;
      ++n;
    }
  }

  [[unroll]] for (int o = 0; o < kOut; ++o)
    [[unroll]] for (int q = 0; q < kRows; ++q) {
      const int column = first_column + q * kLanes;
      if (first_channel + o < out_channels && column < columns) {
        const int at = (int(gl_WorkGroupID.z) * out_channels + first_channel + o) * columns + column;
        if (kTapsX == 4)
          partial4[at] = vec4(acc[o][q][0], acc[o][q][1 % kTapsX], acc[o][q][2 % kTapsX],
                              acc[o][q][3 % kTapsX]);
        else
          [[unroll]] for (int l = 0; l < kTapsX; ++l) partial[at * kTapsX + l] = acc[o][q][l];
      }
    }
}

// Transposed 4×4 convolution with stride 2 and padding 1 for CPU drivers, weights as they are:
//
//   y[n][o][2i + a][2j + b] = epilogue( sum over c, t, s of
//       x[n][c][i + a - 1 + t][j + b - 1 + s] * w[c][o][3 - a - 2t][3 - b - 2s] ),  t, s in {0, 1}
//
// packed_x as conv2d_pack_input writes it, with a row and a column of zeros before x, w
// {Cin,Cout,4,4}: R32G32B32A32_SFLOAT texel buffers, a texel of w being a row of taps, which serves
// the outputs of both columns b. bias {Cout}, slope {Cout} or {1}: R32_SFLOAT. y and residual
// {N,Cout,Hy,Wy}; with kWide (Wy a multiple of 4) y is stored and residual read as vec4, the view of
// residual being R32G32B32A32_SFLOAT then and R32_SFLOAT otherwise.
//
// Otherwise as conv2d_texel: one workgroup is one subgroup, its lanes a patch of kLanesX ×
// kLanes/kLanesX; one invocation computes 2*kPixels neighbouring outputs of one row for kOut
// channels, from kPixels + 2 texels.
// Grid: (ceil(columns / (kLanesX*kPixels)), ceil(N * rows / (kLanes/kLanesX)), 2 * blocks).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "lanes.glsl"
#include "storage.glsl"
#include "epilogue.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const int kLanes = 8;  // the subgroup size
layout(constant_id = 1) const int kPixels = 4;
layout(constant_id = 2) const int kOut = 8;
layout(constant_id = 5) const int kLanesX = 8;
layout(constant_id = 6) const int kWide = 0;

layout(set = 0, binding = 0) uniform textureBuffer packed_x;
layout(set = 0, binding = 1) uniform textureBuffer w;
layout(set = 0, binding = 2) uniform textureBuffer bias;
layout(set = 0, binding = 3) uniform textureBuffer slope;
layout(set = 0, binding = 4) uniform textureBuffer residual;
layout(set = 0, binding = 5) writeonly buffer Y { store_t y[]; };
layout(set = 0, binding = 5) writeonly buffer Y4 { store4_t y4[]; };

layout(push_constant) uniform Push {
  int packed_rows, packed_columns;  // of packed_x
  int in_channels, groups_in;       // Cin, ceil(Cin / 4)
  int rows, columns;                // of pairs of outputs to compute: i, j
  int out_channels, blocks;         // blocks = ceil(Cout / kOut)
  int out_height, out_width;        // of y
  int all_rows;                     // N * rows
  int out_row;                      // the first i of this band, which packed_x begins with
  EpilogueScalars scalars;
};

const int kFetches = (kOut + kLanes - 1) / kLanes;

void main() {
  const int lane = int(gl_LocalInvocationID.x);
  const int q = (int(gl_WorkGroupID.x) * kLanesX + lane % kLanesX) * kPixels;
  const int row_of_all = int(gl_WorkGroupID.y) * (kLanes / kLanesX) + lane / kLanesX;
  const int n = min(row_of_all, all_rows - 1) / rows;
  const int r = min(row_of_all, all_rows - 1) - n * rows;
  const int block = int(gl_WorkGroupID.z) % blocks;
  const int a = int(gl_WorkGroupID.z) / blocks;

  float acc[kOut][2 * kPixels];
  [[unroll]] for (int o = 0; o < kOut; ++o)
    [[unroll]] for (int p = 0; p < 2 * kPixels; ++p) acc[o][p] = 0.0;

  const int first_row = n * packed_rows + r + a;
  const int first_x = first_row * groups_in * packed_columns + q;
  int at_w[kFetches];
  [[unroll]] for (int f = 0; f < kFetches; ++f)
    at_w[f] = min(block * kOut + min(f * kLanes + lane, kOut - 1), out_channels - 1) * 4 + 3 - a;

  // Both rows of taps after each other: they share cache lines.
  for (int i = 0; i < 2 * groups_in; ++i) {
    const int t = i % 2;
    const int g = i / 2;
    const int at_x = first_x + (t * groups_in + g) * packed_columns;
    vec4 x[kPixels + 2];
    [[unroll]] for (int p = 0; p < kPixels + 2; ++p) x[p] = texelFetch(packed_x, at_x + p);
    vec4 taps[4][kFetches];
    [[unroll]] for (int k = 0; k < 4; ++k) {
      const int c = min(4 * g + k, in_channels - 1);  // past the last one x is zero
      [[unroll]] for (int f = 0; f < kFetches; ++f)
        taps[k][f] = texelFetch(w, c * out_channels * 4 + at_w[f] - 2 * t);
    }
    // A sum stays in a register for eight terms.
    [[unroll]] for (int o = 0; o < kOut; ++o)
      [[unroll]] for (int b = 0; b < 2; ++b)
        [[unroll]] for (int k = 0; k < 4; ++k)
          [[unroll]] for (int s = 0; s < 2; ++s) {
            const float weight = from_lane(taps[k][o / kLanes][3 - b - 2 * s], o % kLanes);
            [[unroll]] for (int p = 0; p < kPixels; ++p)
              acc[o][2 * p + b] += x[p + b + s][k] * weight;
          }
  }

  // How many of this invocation's outputs exist.
  const int row = 2 * (r + out_row) + a;
  const int outputs = row_of_all < all_rows && row < out_height ? out_width - 2 * q : 0;
  [[unroll]] for (int o = 0; o < kOut; ++o) {
    const int channel = min(block * kOut + o, out_channels - 1);
    const int count = block * kOut + o < out_channels ? outputs : 0;
    const float b = kHasBias != 0 ? texelFetch(bias, channel).r : 0.0;
    const float slope_of = kActivation == kPrelu ? texelFetch(slope, channel * kSlopeStride).r : 0.0;
    const int first = ((n * out_channels + channel) * out_height + row) * out_width + 2 * q;
    if (kWide != 0) {
      [[unroll]] for (int p = 0; p < 2 * kPixels; p += 4)
        if (p < count) {
          const int at = (first + p) / 4;
          const vec4 add = kHasResidual != 0 ? texelFetch(residual, at) : vec4(0.0);
          vec4 value;
          [[unroll]] for (int k = 0; k < 4; ++k)
            value[k] = epilogue(acc[o][min(p + k, 2 * kPixels - 1)], b, slope_of, add[k], scalars);
          y4[at] = store4_t(value);
        }
    } else {
      [[unroll]] for (int p = 0; p < 2 * kPixels; ++p)
        if (p < count) {
          const float add = kHasResidual != 0 ? texelFetch(residual, first + p).r : 0.0;
          y[first + p] = store_t(epilogue(acc[o][p], b, slope_of, add, scalars));
        }
    }
  }
}

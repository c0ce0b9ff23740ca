// Direct convolution for CPU drivers (conv2d, and each phase of conv2d_dx):
//
//   y[n][o][Y(r)][X(q)] = epilogue( sum over t, g, s, k of
//       packed_x[n][r*kStride + t][g][q*kStride + s][k] * packed_w[o][t][g][s][k] )
//   Y(r) = r*out_step + out_row,  X(q) = q*out_step + out_column
//
// packed_x as conv2d_pack_input writes it, packed_w as conv2d_pack_weights does, both
// R32G32B32A32_SFLOAT texel buffers. With kRaw packed_w is w {Cout,Cin,4,4} as it is: a texel then
// holds the four taps of a row instead of one tap of four channels, and as many are read. bias {Cout}, slope {Cout} or {1}: R32_SFLOAT. y and residual
// {N,Cout,Hy,Wy}; with kWide (out_step 1 and Wy a multiple of 4) y is stored and residual read as
// vec4, the view of residual being R32G32B32A32_SFLOAT then and R32_SFLOAT otherwise.
//
// One workgroup is one subgroup, its lanes a patch of kLanesX × kLanes/kLanesX. One invocation
// computes kPixels neighbouring outputs of one row for kOut channels: a texel is fetched once for
// all the taps that use it, and a lane fetches weights for the whole subgroup, which get them by a
// shuffle with a constant lane. Rows of packed_x follow each other as (row, channel group), so one
// loop runs over both. The rows of all pictures are counted through, so that lanes are busy where
// pictures are small and many. Grid: (ceil(columns / (kLanesX*kPixels)),
// ceil(N * rows / (kLanes/kLanesX)), blocks).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "lanes.glsl"
#include "storage.glsl"
#include "epilogue.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const int kLanes = 8;  // the subgroup size
layout(constant_id = 1) const int kPixels = 8;
layout(constant_id = 2) const int kOut = 8;
layout(constant_id = 3) const int kTapsX = 3;
layout(constant_id = 4) const int kStride = 1;
layout(constant_id = 5) const int kLanesX = 8;
layout(constant_id = 6) const int kWide = 0;
layout(constant_id = 7) const int kRaw = 0;  // kTapsX is 4 then, and Kh

layout(set = 0, binding = 0) uniform textureBuffer packed_x;
layout(set = 0, binding = 1) uniform textureBuffer packed_w;
layout(set = 0, binding = 2) uniform textureBuffer bias;
layout(set = 0, binding = 3) uniform textureBuffer slope;
layout(set = 0, binding = 4) uniform textureBuffer residual;
layout(set = 0, binding = 5) writeonly buffer Y { store_t y[]; };
layout(set = 0, binding = 5) writeonly buffer Y4 { store4_t y4[]; };

layout(push_constant) uniform Push {
  int packed_rows, packed_columns;  // of packed_x
  int in_row, in_column;            // where output (0, 0) starts in packed_x
  int taps;                         // Kh * ceil(Cin / 4)
  int groups_in;                    // ceil(Cin / 4)
  int rows, columns;                // of outputs to compute, of each picture
  int out_channels, blocks;         // blocks = ceil(Cout / kOut)
  int out_height, out_width;        // of y
  int out_row, out_column, out_step;
  int in_channels;                  // Cin
  int all_rows;                     // N * rows
  EpilogueScalars scalars;
};

const int kTexels = (kPixels - 1) * kStride + kTapsX;
const int kFetches = (kOut + kLanes - 1) / kLanes;

void add_packed(inout float acc[kOut][kPixels], int at_x, int block) {
  const int lane = int(gl_LocalInvocationID.x);
  int at_w[kFetches];
  [[unroll]] for (int f = 0; f < kFetches; ++f)
    at_w[f] = block * taps * kTapsX * kOut + min(f * kLanes + lane, kOut - 1);
  for (int t = 0; t < taps; ++t) {
    vec4 x[kTexels];
    [[unroll]] for (int i = 0; i < kTexels; ++i) x[i] = texelFetch(packed_x, at_x + i);
    [[unroll]] for (int s = 0; s < kTapsX; ++s) {
      vec4 w[kFetches];
      [[unroll]] for (int f = 0; f < kFetches; ++f) w[f] = texelFetch(packed_w, at_w[f] + s * kOut);
      [[unroll]] for (int o = 0; o < kOut; ++o)
        [[unroll]] for (int k = 0; k < 4; ++k) {
          const float weight = from_lane(w[o / kLanes][k], o % kLanes);
          [[unroll]] for (int p = 0; p < kPixels; ++p) acc[o][p] += x[p * kStride + s][k] * weight;
        }
    }
    at_x += packed_columns;
    [[unroll]] for (int f = 0; f < kFetches; ++f) at_w[f] += kTapsX * kOut;
  }
}

// The rows of a kernel follow each other here, so that its cache line is read once.
void add_raw(inout float acc[kOut][kPixels], int first_x, int block) {
  const int lane = int(gl_LocalInvocationID.x);
  int at_w[kFetches];
  [[unroll]] for (int f = 0; f < kFetches; ++f)
    at_w[f] = min(block * kOut + min(f * kLanes + lane, kOut - 1), out_channels - 1) * in_channels;
  for (int i = 0; i < taps; ++i) {
    const int t = i % 4;
    const int g = i / 4;
    const int at_x = first_x + (t * groups_in + g) * packed_columns;
    vec4 x[kTexels];
    [[unroll]] for (int p = 0; p < kTexels; ++p) x[p] = texelFetch(packed_x, at_x + p);
    vec4 w[4][kFetches];
    [[unroll]] for (int k = 0; k < 4; ++k) {
      const int c = min(4 * g + k, in_channels - 1);  // past the last one x is zero
      [[unroll]] for (int f = 0; f < kFetches; ++f)
        w[k][f] = texelFetch(packed_w, (at_w[f] + c) * 4 + t);
    }
    [[unroll]] for (int o = 0; o < kOut; ++o)
      [[unroll]] for (int k = 0; k < 4; ++k)
        [[unroll]] for (int s = 0; s < 4; ++s) {
          const float weight = from_lane(w[k][o / kLanes][s], o % kLanes);
          [[unroll]] for (int p = 0; p < kPixels; ++p)
            acc[o][p] += x[min(p * kStride + s, kTexels - 1)][k] * weight;
        }
  }
}

void main() {
  const int lane = int(gl_LocalInvocationID.x);
  const int q = (int(gl_WorkGroupID.x) * kLanesX + lane % kLanesX) * kPixels;
  const int row_of_all = int(gl_WorkGroupID.y) * (kLanes / kLanesX) + lane / kLanesX;
  const int n = min(row_of_all, all_rows - 1) / rows;
  const int r = min(row_of_all, all_rows - 1) - n * rows;
  const int block = int(gl_WorkGroupID.z);

  float acc[kOut][kPixels];
  [[unroll]] for (int o = 0; o < kOut; ++o)
    [[unroll]] for (int p = 0; p < kPixels; ++p) acc[o][p] = 0.0;

  const int first_row = n * packed_rows + r * kStride + in_row;
  const int first_x = first_row * groups_in * packed_columns + q * kStride + in_column;
  if (kRaw == 0)
    add_packed(acc, first_x, block);
  else
    add_raw(acc, first_x, block);

  // How many of this invocation's pixels exist.
  const int pixels = row_of_all < all_rows ? columns - q : 0;
  [[unroll]] for (int o = 0; o < kOut; ++o) {
    const int channel = min(block * kOut + o, out_channels - 1);
    const int count = block * kOut + o < out_channels ? pixels : 0;
    const float b = kHasBias != 0 ? texelFetch(bias, channel).r : 0.0;
    const float a = kActivation == kPrelu ? texelFetch(slope, channel * kSlopeStride).r : 0.0;
    const int row = r * out_step + out_row;
    const int line = ((n * out_channels + channel) * out_height + row) * out_width;
    if (kWide != 0) {
      [[unroll]] for (int p = 0; p < kPixels; p += 4)
        if (p < count) {
          const int at = (line + q + p) / 4;
          const vec4 add = kHasResidual != 0 ? texelFetch(residual, at) : vec4(0.0);
          vec4 value;
          [[unroll]] for (int k = 0; k < 4; ++k)
            value[k] = epilogue(acc[o][min(p + k, kPixels - 1)], b, a, add[k], scalars);
          y4[at] = store4_t(value);
        }
    } else {
      [[unroll]] for (int p = 0; p < kPixels; ++p)
        if (p < count) {
          const int at = line + (q + p) * out_step + out_column;
          const float add = kHasResidual != 0 ? texelFetch(residual, at).r : 0.0;
          y[at] = store_t(epilogue(acc[o][p], b, a, add, scalars));
        }
    }
  }
}

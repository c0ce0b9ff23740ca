// Convolutions of 1×1 taps and stride 1, and their gradients with respect to x, for CPU drivers:
//
//   y[n][o][p] = epilogue( sum over c of x[n][c][p] * W[o][c] ),  W[o][c] = w[o][c], or, of the
//                                                                transposed one, w[c][o]
//
// Nothing is repacked: x is read four neighbouring pixels at a time as R32G32B32A32_SFLOAT texels
// of {N,C,H*W}, H*W a multiple of 4. w is as it is, R32_SFLOAT or, with kFours (not transposed, C a
// multiple of 4), R32G32B32A32_SFLOAT. bias and slope as in conv2d_texel; residual and y four pixels
// at a time.
//
// One workgroup is one subgroup. One invocation computes four pixels of kOut channels; a lane
// fetches weights for the whole subgroup, which get them by a shuffle with a constant lane. Grid:
// (ceil(H*W/4 / kLanes), ceil(Cout / kOut), N).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "lanes.glsl"
#include "storage.glsl"
#include "epilogue.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const int kLanes = 8;  // the subgroup size
layout(constant_id = 1) const int kOut = 16;
layout(constant_id = 2) const int kTransposed = 0;
layout(constant_id = 3) const int kFours = 0;

layout(set = 0, binding = 0) uniform textureBuffer x;
layout(set = 0, binding = 1) uniform textureBuffer w;
layout(set = 0, binding = 2) uniform textureBuffer bias;
layout(set = 0, binding = 3) uniform textureBuffer slope;
layout(set = 0, binding = 4) uniform textureBuffer residual;
layout(set = 0, binding = 5) writeonly buffer Y { store4_t y[]; };

layout(push_constant) uniform Push {
  int in_channels, out_channels;
  int texels;  // H*W / 4
  EpilogueScalars scalars;
};

const int kFetches = (kOut + kLanes - 1) / kLanes;

void main() {
  const int lane = int(gl_LocalInvocationID.x);
  const int texel = int(gl_WorkGroupID.x) * kLanes + lane;
  const int first_out = int(gl_WorkGroupID.y) * kOut;
  const int n = int(gl_WorkGroupID.z);
  const int at_x = n * in_channels * texels + min(texel, texels - 1);
  // Whose weights this lane fetches.
  int out_of[kFetches];
  [[unroll]] for (int f = 0; f < kFetches; ++f)
    out_of[f] = min(first_out + min(f * kLanes + lane, kOut - 1), out_channels - 1);

  vec4 acc[kOut];
  [[unroll]] for (int o = 0; o < kOut; ++o) acc[o] = vec4(0.0);

  for (int c = 0; c < in_channels; c += 4) {
    vec4 v[4];
    [[unroll]] for (int k = 0; k < 4; ++k)
      v[k] = texelFetch(x, at_x + min(c + k, in_channels - 1) * texels);
    vec4 weights[kFetches];
    [[unroll]] for (int f = 0; f < kFetches; ++f) {
      if (kFours != 0) {
        weights[f] = texelFetch(w, (out_of[f] * in_channels + c) / 4);
      } else {
        [[unroll]] for (int k = 0; k < 4; ++k) {
          const int channel = min(c + k, in_channels - 1);
          const int at = kTransposed != 0 ? channel * out_channels + out_of[f]
                                          : out_of[f] * in_channels + channel;
          weights[f][k] = c + k < in_channels ? texelFetch(w, at).r : 0.0;
        }
      }
    }
    [[unroll]] for (int o = 0; o < kOut; ++o)
      [[unroll]] for (int k = 0; k < 4; ++k)
        acc[o] += v[k] * from_lane(weights[o / kLanes][k], o % kLanes);
  }

  [[unroll]] for (int o = 0; o < kOut; ++o) {
    const int channel = min(first_out + o, out_channels - 1);
    const float b = kHasBias != 0 ? texelFetch(bias, channel).r : 0.0;
    const float a = kActivation == kPrelu ? texelFetch(slope, channel * kSlopeStride).r : 0.0;
    if (texel < texels && first_out + o < out_channels) {
      const int at = (n * out_channels + channel) * texels + texel;
      const vec4 add = kHasResidual != 0 ? texelFetch(residual, at) : vec4(0.0);
      vec4 value;
      [[unroll]] for (int p = 0; p < 4; ++p) value[p] = epilogue(acc[o][p], b, a, add[p], scalars);
      y[at] = store4_t(value);
    }
  }
}

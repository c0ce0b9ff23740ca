// Convolution with few outputs, second step: reads the weights as they are, once.
//
//   y[n][o][i][j] = epilogue( sum over t, k of w[o][4t + k] * u[t][p][k] ),  p = (n,i,j)
//
// w {Cout, C*Kh*Kw} and u of conv2d_few_columns: R32G32B32A32_SFLOAT texel buffers; bias {Cout},
// slope {Cout} or {1} and residual, shaped as y: R32_SFLOAT.
// One workgroup is one subgroup; one invocation computes the kOut outputs of kRows channels, kLanes
// apart. Lanes share u as those of conv2d_texel do its weights.
// Grid: (ceil(Cout / (kLanes*kRows)), 1, 1).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "lanes.glsl"
#include "storage.glsl"
#include "epilogue.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const int kLanes = 8;  // the subgroup size
layout(constant_id = 1) const int kRows = 2;
layout(constant_id = 2) const int kOut = 8;

layout(set = 0, binding = 0) uniform textureBuffer w;
layout(set = 0, binding = 1) uniform textureBuffer u;
layout(set = 0, binding = 2) uniform textureBuffer bias;
layout(set = 0, binding = 3) uniform textureBuffer slope;
layout(set = 0, binding = 4) uniform textureBuffer residual;
layout(set = 0, binding = 5) writeonly buffer Y { store_t y[]; };

layout(push_constant) uniform Push {
  int out_channels;
  int texels;  // of a row of w
  int pixels;  // of an output plane
  EpilogueScalars scalars;
};

const int kFetches = (kOut + kLanes - 1) / kLanes;

void main() {
  const int lane = int(gl_LocalInvocationID.x);
  const int first = int(gl_WorkGroupID.x) * kLanes * kRows + lane;

  float acc[kRows][kOut];
  int at_w[kRows], at_u[kFetches];
  [[unroll]] for (int r = 0; r < kRows; ++r) {
    [[unroll]] for (int p = 0; p < kOut; ++p) acc[r][p] = 0.0;
    at_w[r] = min(first + r * kLanes, out_channels - 1) * texels;
  }
  [[unroll]] for (int f = 0; f < kFetches; ++f) at_u[f] = min(f * kLanes + lane, kOut - 1);

  for (int t = 0; t < texels; ++t) {
    vec4 weight[kRows], x[kFetches];
    [[unroll]] for (int r = 0; r < kRows; ++r) weight[r] = texelFetch(w, at_w[r] + t);
    [[unroll]] for (int f = 0; f < kFetches; ++f) x[f] = texelFetch(u, t * kOut + at_u[f]);
    [[unroll]] for (int p = 0; p < kOut; ++p)
      [[unroll]] for (int k = 0; k < 4; ++k) {
        const float value = from_lane(x[p / kLanes][k], p % kLanes);
        [[unroll]] for (int r = 0; r < kRows; ++r) acc[r][p] += weight[r][k] * value;
      }
  }

  [[unroll]] for (int r = 0; r < kRows; ++r) {
    const int channel = first + r * kLanes;
    if (channel < out_channels) {
      const float b = kHasBias != 0 ? texelFetch(bias, channel).r : 0.0;
      const float a = kActivation == kPrelu ? texelFetch(slope, channel * kSlopeStride).r : 0.0;
      [[unroll]] for (int p = 0; p < kOut; ++p) {
        const int at = (p / pixels * out_channels + channel) * pixels + p % pixels;
        const float add = kHasResidual != 0 ? texelFetch(residual, at).r : 0.0;
        y[at] = store_t(epilogue(acc[r][p], b, a, add, scalars));
      }
    }
  }
}

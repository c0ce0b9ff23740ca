// The gradient of a convolution with respect to its weights, last step in one: the 36 matrix products
// of the tiles, out of Winograd's domain as they are made (include/winograd_gradient.glsl).
//
//   dw[o][c][r*kStride + a][q*kStride + b] = (Gᵀ m G)[r][q] for o = kOut*block + p,
//   m[i][j] = sum over g, k of v[6*i + j][g][e][k] * u[6*i + j][block][g][p][k],
//   e = (c*kStride + a)*kStride + b
//
// v of conv2d_dw_winograd_input and u of conv2d_dw_winograd_gradient: R32G32B32A32_SFLOAT texel
// buffers; dw {Cout,C,K,K} fp32, from element `first` on. One workgroup is one subgroup; one
// invocation computes kColumns channels e, kLanes apart, for kOut output channels. Lanes share u as
// those of conv2d_texel do its weights. Grid: (channels / (kLanes*kColumns), blocks, 1).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "lanes.glsl"
#include "winograd_gradient.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const int kLanes = 8;  // the subgroup size
layout(constant_id = 2) const int kOut = 16;
layout(constant_id = 3) const int kColumns = 4;

layout(set = 0, binding = 0) uniform textureBuffer v;
layout(set = 0, binding = 1) uniform textureBuffer u;
layout(set = 0, binding = 2) writeonly buffer Dw { float dw[]; };

layout(push_constant) uniform Push {
  int groups, channels;           // of v
  int out_channels, in_channels;  // of dw
  int kernel;                     // K
  int first;
};

const int kFetches = (kOut + kLanes - 1) / kLanes;

void main() {
  const int lane = int(gl_LocalInvocationID.x);
  const int first_e = int(gl_WorkGroupID.x) * kLanes * kColumns + lane;
  const int block = int(gl_WorkGroupID.y);
  const int blocks = int(gl_NumWorkGroups.y);

  float w[kOut][kColumns][kTaps][kTaps];
  [[unroll]] for (int o = 0; o < kOut; ++o)
    [[unroll]] for (int c = 0; c < kColumns; ++c)
      [[unroll]] for (int r = 0; r < kTaps; ++r)
        [[unroll]] for (int q = 0; q < kTaps; ++q) w[o][c][r][q] = 0.0;

  for (int xi = 0; xi < kSide * kSide; ++xi) {
    float acc[kOut][kColumns];
    [[unroll]] for (int o = 0; o < kOut; ++o)
      [[unroll]] for (int c = 0; c < kColumns; ++c) acc[o][c] = 0.0;
    int at_v = xi * groups * channels + first_e;
    int at_u[kFetches];
    [[unroll]] for (int f = 0; f < kFetches; ++f)
      at_u[f] = (xi * blocks + block) * groups * kOut + min(f * kLanes + lane, kOut - 1);

    for (int g = 0; g < groups; ++g) {
      vec4 x[kColumns], y[kFetches];
      [[unroll]] for (int c = 0; c < kColumns; ++c) x[c] = texelFetch(v, at_v + c * kLanes);
      [[unroll]] for (int f = 0; f < kFetches; ++f) y[f] = texelFetch(u, at_u[f]);
      [[unroll]] for (int o = 0; o < kOut; ++o)
        [[unroll]] for (int k = 0; k < 4; ++k) {
          const float value = from_lane(y[o / kLanes][k], o % kLanes);
          [[unroll]] for (int c = 0; c < kColumns; ++c) acc[o][c] += x[c][k] * value;
        }
      at_v += channels;
      [[unroll]] for (int f = 0; f < kFetches; ++f) at_u[f] += kOut;
    }

    [[unroll]] for (int r = 0; r < kTaps; ++r)
      [[unroll]] for (int q = 0; q < kTaps; ++q) {
        const float factor = transform_back(xi / kSide, r) * transform_back(xi % kSide, q);
        [[unroll]] for (int o = 0; o < kOut; ++o)
          [[unroll]] for (int c = 0; c < kColumns; ++c) w[o][c][r][q] += factor * acc[o][c];
      }
  }

  [[unroll]] for (int c = 0; c < kColumns; ++c) {
    const int e = first_e + c * kLanes;
    const int in_channel = e / (kStride * kStride);
    const int first_row = e / kStride % kStride;
    const int first_column = e % kStride;
    [[unroll]] for (int o = 0; o < kOut; ++o) {
      const int out_channel = block * kOut + o;
      const int plane = (out_channel * in_channels + in_channel) * kernel;
      const bool counts = out_channel < out_channels && in_channel < in_channels;
      [[unroll]] for (int r = 0; r < kTaps; ++r)
        [[unroll]] for (int q = 0; q < kTaps; ++q) {
          const int y = r * kStride + first_row;
          const int x = q * kStride + first_column;
          if (counts && y < kernel && x < kernel)
            dw[first + (plane + y) * kernel + x] = w[o][c][r][q];
        }
    }
  }
}

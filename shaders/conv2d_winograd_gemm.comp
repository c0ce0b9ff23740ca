// Second step of Winograd's convolution: independent matrix products, 36 of them, or with kHalves
// (include/winograd.glsl) 25 with four times the groups.
//
//   m[xi][o/4][tile][o%4] = sum over c = 4g + k of v[xi][g][tile][k] * u[xi][o/kOut][g][o%kOut][k]
//
// v {36, groups_in, tiles, 4} and u {36, blocks, groups_in, kOut, 4}, R32G32B32A32_SFLOAT
// texel buffers; m {36, blocks*kOut/4, tiles, 4} fp32. tiles is a multiple of kLanes*kTiles, kOut
// of 4. One workgroup is one subgroup; one invocation computes kTiles tiles, kLanes apart, for kOut
// channels. Lanes share the weights as in conv2d_texel.
// Grid: (tiles / (kLanes*kTiles), blocks, 36 or 25).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "lanes.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const int kLanes = 8;  // the subgroup size
layout(constant_id = 1) const int kTiles = 4;
layout(constant_id = 2) const int kOut = 16;

layout(set = 0, binding = 0) uniform textureBuffer v;
layout(set = 0, binding = 1) uniform textureBuffer u;
layout(set = 0, binding = 2) writeonly buffer M { vec4 m[]; };

layout(push_constant) uniform Push {
  int groups_in;  // ceil(Cin / 4)
  int tiles;
};

const int kFetches = (kOut + kLanes - 1) / kLanes;

void main() {
  const int lane = int(gl_LocalInvocationID.x);
  const int tile = int(gl_WorkGroupID.x) * kLanes * kTiles + lane;
  const int xi = int(gl_WorkGroupID.z);
  const int block = xi * int(gl_NumWorkGroups.y) + int(gl_WorkGroupID.y);

  float acc[kOut][kTiles];
  [[unroll]] for (int o = 0; o < kOut; ++o)
    [[unroll]] for (int p = 0; p < kTiles; ++p) acc[o][p] = 0.0;

  int at_v = xi * groups_in * tiles + tile;
  int at_u[kFetches];
  [[unroll]] for (int f = 0; f < kFetches; ++f)
    at_u[f] = block * groups_in * kOut + min(f * kLanes + lane, kOut - 1);

  for (int g = 0; g < groups_in; ++g) {
    vec4 x[kTiles];
    [[unroll]] for (int p = 0; p < kTiles; ++p) x[p] = texelFetch(v, at_v + p * kLanes);
    vec4 w[kFetches];
    [[unroll]] for (int f = 0; f < kFetches; ++f) w[f] = texelFetch(u, at_u[f]);
    [[unroll]] for (int o = 0; o < kOut; ++o)
      [[unroll]] for (int k = 0; k < 4; ++k) {
        const float weight = from_lane(w[o / kLanes][k], o % kLanes);
        [[unroll]] for (int p = 0; p < kTiles; ++p) acc[o][p] += x[p][k] * weight;
      }
    at_v += tiles;
    [[unroll]] for (int f = 0; f < kFetches; ++f) at_u[f] += kOut;
  }

  [[unroll]] for (int o = 0; o < kOut; o += 4)
    [[unroll]] for (int p = 0; p < kTiles; ++p)
      m[(block * (kOut / 4) + o / 4) * tiles + tile + p * kLanes] =
          vec4(acc[o][p], acc[o + 1][p], acc[o + 2][p], acc[o + 3][p]);
}

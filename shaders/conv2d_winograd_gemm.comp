#version 450
#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_shuffle : require
#extension GL_EXT_control_flow_attributes : require
layout(local_size_x_id = 0) in;
layout(constant_id = 0) const int kLanes = 8;
layout(constant_id = 1) const int kPoints = 8;
layout(constant_id = 2) const int kOut = 8;
layout(constant_id = 3) const int kUnroll = 1;
const int kFetches = (kOut + kLanes - 1) / kLanes;
layout(set = 0, binding = 0) uniform textureBuffer v;
layout(set = 0, binding = 1) uniform textureBuffer u;
layout(set = 0, binding = 2) writeonly buffer M_ { vec4 m[]; };
layout(push_constant) uniform Push { int groups_in; int groups_out; int tiles; };
void main() {
  const int lane = int(gl_LocalInvocationID.x);
  const int tile = int(gl_WorkGroupID.x) * kLanes * kPoints + lane;
  const int block = int(gl_WorkGroupID.y);
  const int xi = int(gl_WorkGroupID.z);
  float acc[kOut][kPoints];
  [[unroll]] for (int o = 0; o < kOut; ++o)
    [[unroll]] for (int p = 0; p < kPoints; ++p) acc[o][p] = 0.0;
  int at_v = xi * groups_in * tiles + tile;
  int at_u = (xi * int(gl_NumWorkGroups.y) + block) * groups_in * kOut + lane;
  for (int c = 0; c < groups_in; c += kUnroll) {
    [[unroll]] for (int k = 0; k < kUnroll; ++k) {
      vec4 x[kPoints];
      [[unroll]] for (int p = 0; p < kPoints; ++p) x[p] = texelFetch(v, at_v + k * tiles + p * kLanes);
      vec4 w[kFetches];
      [[unroll]] for (int f = 0; f < kFetches; ++f) w[f] = texelFetch(u, at_u + k * kOut + f * kLanes);
      [[unroll]] for (int o = 0; o < kOut; ++o)
        [[unroll]] for (int j = 0; j < 4; ++j) {
          const float wj = subgroupShuffle(w[o / kLanes][j], o % kLanes);
          [[unroll]] for (int p = 0; p < kPoints; ++p) acc[o][p] += x[p][j] * wj;
        }
    }
    at_v += kUnroll * tiles;
    at_u += kUnroll * kOut;
  }
  [[unroll]] for (int o = 0; o < kOut; o += 4)
    [[unroll]] for (int p = 0; p < kPoints; ++p)
      m[(xi * groups_out + block * (kOut / 4) + o / 4) * tiles + tile + p * kLanes] =
          vec4(acc[o][p], acc[o + 1][p], acc[o + 2][p], acc[o + 3][p]);
}

// Transposed convolution with few inputs, second step: what each input adds to the outputs, reading
// the weights as they are, once.
//
//   z[p][4t + k] = sum over o of w[o][4t + k] * x[o][p]
//
// w {C, Cout*Kh*Kw} and u of conv2d_few_inputs, the x here: R32G32B32A32_SFLOAT texel buffers;
// z {inputs, Cout*Kh*Kw} fp32. One workgroup is one subgroup; one invocation computes kColumns
// texels t, kLanes apart, for 4*kGroups inputs p. A lane fetches the inputs of one o for the whole
// subgroup. Grid: (ceil(Cout*Kh*Kw / 4 / (kLanes*kColumns)), 1, 1).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "lanes.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 0) const int kLanes = 8;  // the subgroup size
layout(constant_id = 1) const int kColumns = 4;
layout(constant_id = 2) const int kGroups = 1;

layout(set = 0, binding = 0) uniform textureBuffer w;
layout(set = 0, binding = 1) uniform textureBuffer u;
layout(set = 0, binding = 2) writeonly buffer Z { vec4 z[]; };

layout(push_constant) uniform Push {
  int in_channels, channels;  // channels: of u, a multiple of kLanes
  int texels;                 // of a row of w
  int inputs;
};

void main() {
  const int lane = int(gl_LocalInvocationID.x);
  const int first = int(gl_WorkGroupID.x) * kLanes * kColumns + lane;

  vec4 acc[kColumns][4 * kGroups];
  int at[kColumns];
  [[unroll]] for (int q = 0; q < kColumns; ++q) {
    [[unroll]] for (int p = 0; p < 4 * kGroups; ++p) acc[q][p] = vec4(0.0);
    at[q] = min(first + q * kLanes, texels - 1);
  }

  for (int base = 0; base < channels; base += kLanes) {
    vec4 x[kGroups];
    [[unroll]] for (int g = 0; g < kGroups; ++g) x[g] = texelFetch(u, g * channels + base + lane);
    [[unroll]] for (int o = 0; o < kLanes; ++o) {
      const int row = min(base + o, in_channels - 1) * texels;  // past the last one x is zero
      vec4 weight[kColumns];
      [[unroll]] for (int q = 0; q < kColumns; ++q) weight[q] = texelFetch(w, row + at[q]);
      [[unroll]] for (int p = 0; p < 4 * kGroups; ++p) {
        const float value = from_lane(x[p / 4][p % 4], o);
        [[unroll]] for (int q = 0; q < kColumns; ++q) acc[q][p] += weight[q] * value;
      }
    }
  }

  [[unroll]] for (int p = 0; p < 4 * kGroups; ++p)
    [[unroll]] for (int q = 0; q < kColumns; ++q)
      if (p < inputs && first + q * kLanes < texels)
        z[p * texels + first + q * kLanes] = acc[q][p];
}

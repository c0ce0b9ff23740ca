// First step of a transposed convolution with few inputs: their pixels, four to a texel.
//
//   u[g][o][k] = x[n][o][i][j] of the input 4g + k = (n,i,j), zero past the last input or channel
//
// x {N,C,H,W} as an R32_SFLOAT texel buffer; u {ceil(N*H*W / 4), channels, 4} fp32.
// One invocation: one vec4. Grid: (channels / kLanes, ceil(N*H*W / 4), 1).
#version 450
#extension GL_EXT_control_flow_attributes : require

layout(local_size_x_id = 0) in;

layout(set = 0, binding = 0) uniform textureBuffer x;
layout(set = 0, binding = 1) writeonly buffer U { vec4 u[]; };

layout(push_constant) uniform Push {
  int in_channels, pixels;  // pixels: of a plane
  int inputs;               // N*H*W
};

void main() {
  const int o = int(gl_GlobalInvocationID.x);
  const int g = int(gl_WorkGroupID.y);
  const int channels = int(gl_NumWorkGroups.x * gl_WorkGroupSize.x);
  vec4 value;
  [[unroll]] for (int k = 0; k < 4; ++k) {
    const int p = min(4 * g + k, inputs - 1);
    const int plane = p / pixels * in_channels + min(o, in_channels - 1);
    const float v = texelFetch(x, plane * pixels + p % pixels).r;
    value[k] = 4 * g + k < inputs && o < in_channels ? v : 0.0;
  }
  u[g * channels + o] = value;
}

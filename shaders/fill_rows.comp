// Fills the rows of x up with zeros to whole texels of four pixels, for kernels that read them so:
//   y[p][i][j] = x[p][i][j], zero from `width` on
// x {planes, height, width} as an R32_SFLOAT texel buffer; y {planes, height, 4*texels}.
// One invocation: one texel. Grid: (ceil(texels / kLanes), height, planes).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "storage.glsl"

layout(local_size_x_id = 0) in;

layout(set = 0, binding = 0) uniform textureBuffer x;
layout(set = 0, binding = 1) writeonly buffer Y { store4_t y[]; };

layout(push_constant) uniform Push {
  int width;   // of x
  int texels;  // of y
};

void main() {
  const int j = int(gl_GlobalInvocationID.x);
  if (j >= texels) return;
  const int row = int(gl_WorkGroupID.z * gl_NumWorkGroups.y + gl_WorkGroupID.y);
  vec4 value;
  [[unroll]] for (int k = 0; k < 4; ++k) {
    const float v = texelFetch(x, row * width + min(4 * j + k, width - 1)).r;
    value[k] = 4 * j + k < width ? v : 0.0;
  }
  y[row * texels + j] = store4_t(value);
}

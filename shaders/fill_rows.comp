// Fills the rows of x up with zeros to whole texels of four pixels, for kernels that read them so:
//   y[i][j] = x[i][j], zero from `width` on
// x {rows, width} as an R32_SFLOAT texel buffer; y {rows, 4*texels}. The invocations of a workgroup
// lie beside each other on kAcross texels of a row, the others on the rows below, and walk down.
// Grid: (ceil(texels / kAcross), any).
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "storage.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const int kAcross = 8;  // divides the workgroup's size

layout(set = 0, binding = 0) uniform textureBuffer x;
layout(set = 0, binding = 1) writeonly buffer Y { store4_t y[]; };

layout(push_constant) uniform Push {
  int width;   // of x
  int texels;  // of y
  int rows;
};

void main() {
  const int lane = int(gl_LocalInvocationID.x);
  const int down = int(gl_WorkGroupSize.x) / kAcross;
  const int j = int(gl_WorkGroupID.x) * kAcross + lane % kAcross;
  if (j >= texels) return;
  const int step = int(gl_NumWorkGroups.y) * down;
  for (int row = int(gl_WorkGroupID.y) * down + lane / kAcross; row < rows; row += step) {
    vec4 value;
    [[unroll]] for (int k = 0; k < 4; ++k) {
      const float v = texelFetch(x, row * width + min(4 * j + k, width - 1)).r;
      value[k] = 4 * j + k < width ? v : 0.0;
    }
    y[row * texels + j] = store4_t(value);
  }
}

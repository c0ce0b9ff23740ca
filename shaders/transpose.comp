// y[j][i] = x[i][j], for CPU drivers. x {rows, columns} as a texel buffer of one number, y {columns,
// rows}. The invocations of a workgroup lie beside each other along the rows of y, and each walks down
// kEach of them. Grid: (ceil(rows / workgroup), ceil(columns / kEach)).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "storage.glsl"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const int kEach = 16;

layout(set = 0, binding = 0) uniform textureBuffer x;
layout(set = 0, binding = 1) writeonly buffer Y { store_t y[]; };

layout(push_constant) uniform Push { int rows, columns; };

void main() {
  const int i = int(gl_GlobalInvocationID.x);
  const int first = int(gl_WorkGroupID.y) * kEach;
  if (i >= rows) return;
  for (int j = first; j < min(first + kEach, columns); ++j)
    y[j * rows + i] = store_t(texelFetch(x, i * columns + j).r);
}

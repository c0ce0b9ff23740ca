// One step of a sum over axes of which the innermost is one, for CPU drivers: as sum.comp with
// INNER_REDUCED, four neighbouring terms at a time. All sizes and steps are in texels of four
// elements; y[kept, part] as there.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;

layout(set = 0, binding = 0) uniform textureBuffer x;
layout(std430, binding = 1) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Push {
  uint kept, reduced, parts;  // results, texels of each, invocations for each
  uint kept_inner, reduced_inner;  // sizes of the inner dimensions
  uvec2 kept_stride, reduced_stride;  // texels per step of the outer and the inner dimension
};

void main() {
  uint i = flat_index();
  if (i >= kept * parts) return;
  uint k = i / parts;
  uint part = i % parts;
  uint base = k / kept_inner * kept_stride.x + k % kept_inner * kept_stride.y;
  uint outer = part / reduced_inner;
  uint inner = part % reduced_inner;
  uint outer_step = parts / reduced_inner;
  uint inner_step = parts % reduced_inner;
  vec4 total = vec4(0.0);
  for (uint r = part; r < reduced; r += parts) {
    total += texelFetch(x, int(base + outer * reduced_stride.x + inner * reduced_stride.y));
    outer += outer_step;
    inner += inner_step;
    if (inner >= reduced_inner) {
      inner -= reduced_inner;
      ++outer;
    }
  }
  y[i] = (total.x + total.y) + (total.z + total.w);
}

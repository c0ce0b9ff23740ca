// One step of a sum over some axes of x. The axes are merged on the host into at most two kept and
// two reduced dimensions; the reduced elements of a result are dealt out to `parts` invocations:
//   y[kept, part] = sum over r = part, part + parts, … of x[kept, r]
// One invocation computes one element of y. No chain of additions is longer than the host's
// kTermsPerInvocation, so the error hardly grows with the number of terms. Invocations side by side
// read elements side by side: INNER_REDUCED says whether those belong to one result or to
// neighbouring results.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;
layout(constant_id = 0) const bool INNER_REDUCED = true;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Push {
  uint kept, reduced, parts;  // results, terms of each, invocations for each
  uint kept_inner, reduced_inner;  // sizes of the inner dimensions
  uvec2 kept_stride, reduced_stride;  // elements per step of the outer and the inner dimension
};

void main() {
  uint i = flat_index();
  if (i >= kept * parts) return;
  uint k = INNER_REDUCED ? i / parts : i % kept;
  uint part = INNER_REDUCED ? i % parts : i / kept;
  uint base = k / kept_inner * kept_stride.x + k % kept_inner * kept_stride.y;
  // The position of term r in the two reduced dimensions, stepped without dividing again.
  uint outer = part / reduced_inner;
  uint inner = part % reduced_inner;
  uint outer_step = parts / reduced_inner;
  uint inner_step = parts % reduced_inner;
  acc_t total = 0.0;
  for (uint r = part; r < reduced; r += parts) {
    total += acc_t(x[base + outer * reduced_stride.x + inner * reduced_stride.y]);
    outer += outer_step;
    inner += inner_step;
    if (inner >= reduced_inner) {
      inner -= reduced_inner;
      ++outer;
    }
  }
  y[i] = total;
}

// Shared by all kernels.
#ifndef COMMON_GLSL
#define COMMON_GLSL

#include "storage.glsl"

// Index of this invocation in kernels that work on a flat range: groups of 64 in a grid of two
// dimensions, because one dimension may be limited to 65,535 groups.
uint flat_index() {
  return (gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x) * 64 + gl_LocalInvocationIndex;
}

// Kernels launched with flat_fours(count) do neighbouring elements four at a time, as vec4: CPU
// drivers take as long for a number as for a vec4 or nearly so. The first count / 4 invocations do
// four each; the element of those after them, which do the last count % 4, is this.
uint element_of_rest(uint invocation, uint count) { return count / 4 * 3 + invocation; }

#endif

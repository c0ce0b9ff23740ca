// Shared by all kernels.
#ifndef COMMON_GLSL
#define COMMON_GLSL

// Numbers are stored as store_t and accumulated as acc_t.
#define store_t float
#define acc_t float

// Index of this invocation in kernels that work on a flat range: groups of 64 in a grid of two
// dimensions, because one dimension may be limited to 65,535 groups.
uint flat_index() {
  return (gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x) * 64 + gl_LocalInvocationIndex;
}

#endif

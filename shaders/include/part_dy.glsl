// The gradient dy of what was normalised, by parts of a group (parts.glsl). The including kernel
// declares dy, and its fours dy4, before.
#ifndef PART_DY_GLSL
#define PART_DY_GLSL

#include "parts.glsl"

// A four of an invocation, beyond the group zero.
vec4 part_dy(uint group, uint part, int round) {
  vec4 v = vec4(0.0);
  if (kFours) {
    uint unit = unit_of(part, round, 0);
    if (unit < units) v = vec4(dy4[place_of(group, unit)]);
  } else {
    [[unroll]] for (int k = 0; k < 4; ++k) {
      uint unit = unit_of(part, round, k);
      if (unit < units) v[k] = acc_t(dy[place_of(group, unit)]);
    }
  }
  return v;
}

#endif

// Mean and squared deviations of a part of a group (parts.glsl) in the registers of a workgroup.
#ifndef PART_MOMENTS_GLSL
#define PART_MOMENTS_GLSL

#include "parts.glsl"

vec4 values[kRounds];  // x less the group's first element

// {mean, sum of squared deviations from it}, of values that are loaded first. `count`: elements.
vec2 part_moments(uint group, uint part, float first, float count) {
  float sum = 0.0;
  [[unroll]] for (int r = 0; r < kRounds; ++r) {
    values[r] = relative_x(group, part, r, first);
    sum += sum_of_four(values[r]);
  }
  float mean = workgroup_sum(sum) / count;
  float squares = 0.0;
  [[unroll]] for (int r = 0; r < kRounds; ++r) {
    vec4 d = (values[r] - mean) * presence(part, r);
    squares += sum_of_four(d * d);
  }
  return vec2(mean, workgroup_sum(squares));
}

#endif

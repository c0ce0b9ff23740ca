// For GPU kernels of normalisation: a workgroup takes a part of a group, or the whole of it. A group
// is what is normalised together, some planes that lie apart; it is counted in units, of four
// neighbouring elements where planes are whole fours (kFours), else of one.
//
// A part is kSize * kRounds fours, an invocation's share kRounds of them. The including kernel declares
// before: sum_t, what workgroup_sum adds; x, and its fours x4; pixels, plane_step and units, of a plane,
// between the planes of a group and of a group, all in units.
#ifndef PARTS_GLSL
#define PARTS_GLSL

#extension GL_KHR_shader_subgroup_basic : require
#extension GL_KHR_shader_subgroup_arithmetic : require
#extension GL_EXT_control_flow_attributes : require

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint kSize = 64;  // the same
layout(constant_id = 2) const int kRounds = 1;
layout(constant_id = 3) const bool kFours = false;
layout(constant_id = 4) const bool kAcrossImages = false;  // one group per channel, of all images

const uint kUnitElements = kFours ? 4 : 1;
const uint kPartUnits = kFours ? kSize * uint(kRounds) : kSize * uint(kRounds) * 4;

shared sum_t subgroup_sums[kSize];

// The sum over the workgroup, to every invocation.
sum_t workgroup_sum(sum_t value) {
  value = subgroupAdd(value);
  if (subgroupElect()) subgroup_sums[gl_SubgroupID] = value;
  barrier();
  uint lanes = subgroupAdd(1u);  // not all of them need be there
  sum_t total = sum_t(0.0);
  for (uint s = subgroupExclusiveAdd(1u); s < gl_NumSubgroups; s += lanes)
    total += subgroup_sums[s];
  barrier();
  return subgroupAdd(total);
}

// Groups of the dispatch lie in two dimensions.
uint workgroup_index() { return gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x; }

// The unit of the group that is element k of four `round` of this invocation; with kFours all of it.
uint unit_of(uint part, int round, int k) {
  return part * kPartUnits + (kFours ? uint(round) : uint(4 * round + k)) * kSize +
         gl_LocalInvocationIndex;
}

// Where it lies.
uint place_of(uint group, uint unit) {
  return group * pixels +
         (kAcrossImages ? unit / pixels * plane_step + unit % pixels : unit);
}

// One for elements that are there, beyond the group zero.
vec4 presence(uint part, int round) {
  if (kFours) return vec4(unit_of(part, round, 0) < units);
  vec4 there;
  [[unroll]] for (int k = 0; k < 4; ++k) there[k] = float(unit_of(part, round, k) < units);
  return there;
}

// The four less `origin`, beyond the group zero.
vec4 relative_x(uint group, uint part, int round, float origin) {
  vec4 v = vec4(0.0);
  if (kFours) {
    uint unit = unit_of(part, round, 0);
    if (unit < units) v = vec4(x4[place_of(group, unit)]) - origin;
  } else {
    [[unroll]] for (int k = 0; k < 4; ++k) {
      uint unit = unit_of(part, round, k);
      if (unit < units) v[k] = acc_t(x[place_of(group, unit)]) - origin;
    }
  }
  return v;
}

float sum_of_four(vec4 v) { return (v.x + v.y) + (v.z + v.w); }

#endif

// Gradient of normalisation, further steps: joins the pairs of normalize_dx_sums.comp. One invocation
// adds the pairs chunk, chunk + chunks, … of one group and multiplies by `scale`, which in the last
// step turns sums into means.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;

layout(std430, binding = 0) readonly buffer Sums { float sums[]; };
layout(std430, binding = 1) writeonly buffer Joined { float joined[]; };
layout(push_constant) uniform Push {
  uint groups, per_group, chunks;  // pairs of each group, invocations for each
  float scale;
};

void main() {
  uint i = flat_index();
  if (i >= groups * chunks) return;
  uint group = i / chunks;
  uint chunk = i - group * chunks;
  acc_t total = 0.0;
  acc_t product = 0.0;
  for (uint p = group * per_group + chunk; p < (group + 1) * per_group; p += chunks) {
    total += sums[p * 2];
    product += sums[p * 2 + 1];
  }
  joined[i * 2] = total * scale;
  joined[i * 2 + 1] = product * scale;
}

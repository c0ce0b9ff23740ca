// Further steps of normalisation: joins the parts of moments.comp. One invocation joins the parts
// chunk, chunk + chunks, … of one group:
//   mean = sum count_p mean_p / sum count_p,   m2 = sum (m2_p + count_p (mean_p - mean)^2)
// The last step writes {1 / sqrt(m2 / count + epsilon), mean, x[first of the group]} instead; the
// mean stays relative to that first element.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;
layout(constant_id = 0) const bool LAST = true;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) readonly buffer Parts { float parts[]; };
layout(std430, binding = 2) writeonly buffer Joined { float joined[]; };
layout(push_constant) uniform Push {
  uint groups, per_group;  // parts of each group
  uint chunks;             // invocations per group
  uint pixels;             // groups begin that many elements of x apart
  float epsilon;
};

void main() {
  uint i = flat_index();
  if (i >= groups * chunks) return;
  uint group = i / chunks;
  uint chunk = i - group * chunks;
  uint base = group * per_group;
  acc_t count = 0.0;
  acc_t sum = 0.0;
  for (uint p = chunk; p < per_group; p += chunks) {
    float n = parts[(base + p) * 3 + 2];
    count += n;
    sum += n * parts[(base + p) * 3];
  }
  float mean = sum / count;
  acc_t m2 = 0.0;
  for (uint p = chunk; p < per_group; p += chunks) {
    float d = parts[(base + p) * 3] - mean;
    m2 += parts[(base + p) * 3 + 1] + parts[(base + p) * 3 + 2] * d * d;
  }
  joined[i * 3] = LAST ? 1.0 / sqrt(m2 / count + epsilon) : mean;
  joined[i * 3 + 1] = LAST ? mean : m2;
  joined[i * 3 + 2] = LAST ? acc_t(x[group * pixels]) : count;
}

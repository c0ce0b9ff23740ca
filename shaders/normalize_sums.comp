// Gradient of normalisation: of its scale or shift, from the means {mean dy, mean dy * x_hat} of
// normalize_dx_whole.comp or normalize_dx_join.comp, of which the first or the second is taken:
//   y[channel] = count * sum over groups of means[group * channels + channel][which]
// One invocation computes one element of y.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;

layout(std430, binding = 0) readonly buffer Means { float means[]; };
layout(std430, binding = 1) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Push {
  uint channels, groups;  // groups of each channel
  uint which;             // 0 or 1
  float count;            // elements of a group
};

void main() {
  uint channel = flat_index();
  if (channel >= channels) return;
  acc_t total = 0.0;
  for (uint group = 0; group < groups; ++group)
    total += means[(group * channels + channel) * 2 + which];
  y[channel] = total * count;
}

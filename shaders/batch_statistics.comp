// Mean or variance of each channel, from the moments {rstd, mean, first} of its group
// (moments_combine.comp, normalize_whole.comp):
//   y[channel] = first + mean, or factor * (1 / rstd^2 - epsilon)
// One invocation computes one element of y.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;

layout(constant_id = 0) const bool kVariance = false;

layout(std430, binding = 0) readonly buffer Moments { float moments[]; };
layout(std430, binding = 1) writeonly buffer Y { float y[]; };
layout(push_constant) uniform Push {
  uint channels;
  float epsilon, factor;
};

void main() {
  uint channel = flat_index();
  if (channel >= channels) return;
  float rstd = moments[channel * 3];
  if (kVariance)
    y[channel] = factor * max(0.0, 1.0 / (rstd * rstd) - epsilon);
  else
    y[channel] = moments[channel * 3 + 2] + moments[channel * 3 + 1];
}

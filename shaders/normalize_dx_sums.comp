// Gradient of normalisation, first step: sums of dy and of dy * x_hat over parts of each group of x
// (NCHW), where x_hat = (x - mean) * rstd. Groups and parts are those of moments.comp, the
// statistics those of moments_combine.comp. One invocation writes sums[group, part] = {sum dy,
// sum dy * x_hat}.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;

layout(std430, binding = 0) readonly buffer Dy { store_t dy[]; };
layout(std430, binding = 1) readonly buffer X { store_t x[]; };
layout(std430, binding = 2) readonly buffer Moments { float moments[]; };
layout(std430, binding = 3) writeonly buffer Sums { float sums[]; };
layout(push_constant) uniform Push {
  uint groups, planes, chunks;  // planes per group, chunks per plane
  uint pixels;                  // elements of a plane; groups begin that far apart
  uint plane_step;
};

void main() {
  uint i = flat_index();
  uint per_group = planes * chunks;
  if (i >= groups * per_group) return;
  uint group = i / per_group;
  uint part = i - group * per_group;
  uint plane = part / chunks;
  uint chunk = part - plane * chunks;
  uint base = group * pixels + plane * plane_step;
  float rstd = moments[group * 3];
  float mean = moments[group * 3 + 1];
  float first = moments[group * 3 + 2];
  acc_t total = 0.0;
  acc_t product = 0.0;
  for (uint p = chunk; p < pixels; p += chunks) {
    float d = acc_t(dy[base + p]);
    total += d;
    product += d * ((acc_t(x[base + p]) - first) - mean);
  }
  sums[i * 2] = total;
  sums[i * 2 + 1] = product * rstd;
}

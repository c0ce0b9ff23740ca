// First step of normalisation: mean and squared deviations of parts of each group of x (NCHW). A
// group is what is normalised together: some planes, `plane_step` elements apart. Each plane is
// dealt out to `chunks` invocations; one invocation computes the part {mean, m2, count} of its
// elements and writes it to parts[group, part], with
//   mean = average of x - x[first of the group],   m2 = sum of squared deviations from the average
//
// Sums are taken relative to the invocation's own first element. That element's distance from the
// average is part of m2 itself, so subtracting the squares loses few digits however far the
// values lie from zero (Chan, Golub, LeVeque 1983, on shifted data).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;

layout(std430, binding = 0) readonly buffer X { store_t x[]; };
layout(std430, binding = 1) writeonly buffer Parts { float parts[]; };
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

  float first = acc_t(x[base + chunk]);
  acc_t sum = 0.0;
  acc_t squares = 0.0;
  float count = 0.0;
  for (uint p = chunk; p < pixels; p += chunks) {
    float d = acc_t(x[base + p]) - first;
    sum += d;
    squares += d * d;
    count += 1.0;
  }
  float average = sum / count;
  parts[i * 3] = (first - acc_t(x[group * pixels])) + average;
  float m2 = squares - sum * average;
  parts[i * 3 + 1] = m2 < 0.0 ? 0.0 : m2;  // unlike max, leaves what is not a number as it is
  parts[i * 3 + 2] = count;
}

// As moments.comp, for CPU drivers, which read a texel faster than four numbers. x is an
// R32G32B32A32_SFLOAT texel buffer: its planes are a multiple of four elements, and an invocation's
// elements are those of its texels.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;

layout(binding = 0) uniform textureBuffer x;
layout(std430, binding = 1) writeonly buffer Parts { float parts[]; };
layout(push_constant) uniform Push {
  uint groups, planes, chunks;  // planes per group, chunks per plane
  uint texels;                  // of a plane; groups begin that far apart
  uint plane_step;              // in texels
};

void main() {
  uint i = flat_index();
  uint per_group = planes * chunks;
  if (i >= groups * per_group) return;
  uint group = i / per_group;
  uint part = i - group * per_group;
  uint plane = part / chunks;
  uint chunk = part - plane * chunks;
  uint base = group * texels + plane * plane_step;

  float first = texelFetch(x, int(base + chunk)).x;
  vec4 sums = vec4(0.0);
  vec4 squares = vec4(0.0);
  float count = 0.0;
  for (uint p = chunk; p < texels; p += chunks) {
    vec4 d = texelFetch(x, int(base + p)) - first;
    sums += d;
    squares += d * d;
    count += 4.0;
  }
  float sum = (sums.x + sums.y) + (sums.z + sums.w);
  float average = sum / count;
  parts[i * 3] = (first - texelFetch(x, int(group * texels)).x) + average;
  parts[i * 3 + 1] =
      max((squares.x + squares.y) + (squares.z + squares.w) - sum * average, 0.0);
  parts[i * 3 + 2] = count;
}

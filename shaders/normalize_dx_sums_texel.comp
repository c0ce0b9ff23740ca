// As normalize_dx_sums.comp, for CPU drivers, which read a texel faster than four numbers. dy and x are
// R32G32B32A32_SFLOAT texel buffers, groups and parts those of moments_texel.comp.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;

layout(binding = 0) uniform textureBuffer dy;
layout(binding = 1) uniform textureBuffer x;
layout(std430, binding = 2) readonly buffer Moments { float moments[]; };
layout(std430, binding = 3) writeonly buffer Sums { float sums[]; };
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
  float rstd = moments[group * 3];
  float mean = moments[group * 3 + 1];
  float first = moments[group * 3 + 2];
  vec4 total = vec4(0.0);
  vec4 product = vec4(0.0);
  for (uint p = chunk; p < texels; p += chunks) {
    vec4 d = texelFetch(dy, int(base + p));
    total += d;
    product += d * ((texelFetch(x, int(base + p)) - first) - mean);
  }
  sums[i * 2] = (total.x + total.y) + (total.z + total.w);
  sums[i * 2 + 1] = ((product.x + product.y) + (product.z + product.w)) * rstd;
}

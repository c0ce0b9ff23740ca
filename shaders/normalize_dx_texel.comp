// As normalize_dx.comp, to the same bits, for CPU drivers, which read a texel faster than four
// numbers. dy and x are R32G32B32A32_SFLOAT texel buffers: their planes are a multiple of four elements.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "planes.glsl"

layout(constant_id = 0) const bool ACROSS_IMAGES = false;  // one group per channel, of all images

layout(binding = 0) uniform textureBuffer dy;
layout(binding = 1) uniform textureBuffer x;
layout(std430, binding = 2) readonly buffer Moments { float moments[]; };
layout(std430, binding = 3) readonly buffer Means { float means[]; };
layout(std430, binding = 4) writeonly buffer Dx { store4_t dx[]; };
layout(push_constant) uniform Push { uint texels; };  // of a plane

void main() {
  uint base = plane_index() * texels;
  uint group = ACROSS_IMAGES ? gl_WorkGroupID.y : plane_index();
  float rstd = moments[group * 3];
  float mean = moments[group * 3 + 1];
  float first = moments[group * 3 + 2];
  float mean_dy = means[group * 2];
  float slope = means[group * 2 + 1] * rstd;
  for (uint p = first_pixel(); p < texels; p += pixel_step()) {
    vec4 centred = (texelFetch(x, int(base + p)) - first) - mean;
    dx[base + p] =
        store4_t((texelFetch(dy, int(base + p)) - mean_dy - centred * slope) * rstd);
  }
}

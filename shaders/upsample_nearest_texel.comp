// As upsample.comp for nearest neighbours, to the same bits, for CPU drivers, which read a texel faster
// than four numbers: x is an R32G32B32A32_SFLOAT texel buffer, its rows a multiple of four pixels.
// Workgroups along y and z are channels and images (planes.glsl); one invocation makes the pixels of one
// texel of x, FACTOR texels in each of FACTOR rows.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "planes.glsl"

layout(constant_id = 0) const int FACTOR = 2;

layout(binding = 0) uniform textureBuffer x;
layout(std430, binding = 1) writeonly buffer Y { store4_t y[]; };
layout(push_constant) uniform Push {
  uint texels, across;  // of a plane of x, and of a row
};

void main() {
  const uint from = plane_index() * texels;
  const uint to = from * FACTOR * FACTOR;
  for (uint p = first_pixel(); p < texels; p += pixel_step()) {
    const vec4 pixels = texelFetch(x, int(from + p));
    const uint row = p / across;
    const uint at = to + FACTOR * (row * across * (FACTOR - 1) + p);
    [[unroll]] for (int j = 0; j < FACTOR; ++j) {
      vec4 made;
      [[unroll]] for (int k = 0; k < 4; ++k) made[k] = pixels[(4 * j + k) / FACTOR];
      [[unroll]] for (int i = 0; i < FACTOR; ++i)
        y[at + i * FACTOR * across + j] = store4_t(made);
    }
  }
}

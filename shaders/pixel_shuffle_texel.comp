// As pixel_shuffle.comp, to the same bits, for CPU drivers, which read a texel faster than four numbers:
// x is an R32G32B32A32_SFLOAT texel buffer. Rows of the picture with more channels are a multiple of
// four pixels.
// Workgroups along y and z are channels and images of the picture with fewer channels (planes.glsl); one
// invocation moves FACTOR texels: one of each of FACTOR channels, or as many that follow each other in
// a row of the larger picture.
#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "common.glsl"
#include "planes.glsl"

layout(constant_id = 0) const bool UNSHUFFLE = false;
layout(constant_id = 1) const int FACTOR = 2;

layout(binding = 0) uniform textureBuffer x;
layout(std430, binding = 1) writeonly buffer Y { store4_t y[]; };
layout(push_constant) uniform Push {
  uint runs;            // of FACTOR texels in a plane of the larger picture
  uint texels, across;  // of a plane of the smaller picture, and of a row
};

void main() {
  const uint plane = plane_index() * FACTOR * FACTOR * texels;  // of either
  for (uint p = first_pixel(); p < runs; p += pixel_step()) {
    const uint row = p / across;  // of the larger picture
    const uint large = plane + p * FACTOR;
    const uint small = plane + row % FACTOR * FACTOR * texels + row / FACTOR * across + p - row * across;
    vec4 from[FACTOR], to[FACTOR];
    [[unroll]] for (int i = 0; i < FACTOR; ++i)
      from[i] = texelFetch(x, int(UNSHUFFLE ? large + i : small + i * texels));
    [[unroll]] for (int i = 0; i < FACTOR; ++i)
      [[unroll]] for (int k = 0; k < 4; ++k) {
        // Pixel k of channel i is pixel FACTOR * k + i of the row.
        const int at = FACTOR * k + i;
        if (UNSHUFFLE)
          to[i][k] = from[at / 4][at % 4];
        else
          to[at / 4][at % 4] = from[i][k];
      }
    [[unroll]] for (int i = 0; i < FACTOR; ++i)
      y[UNSHUFFLE ? small + i * texels : large + i] = store4_t(to[i]);
  }
}

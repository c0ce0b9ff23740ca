// Pixels of SAMPLES bytes, four bytes a word, to planes of numbers:
//   y[c, p] = levels[0, byte c of pixel p]                       or, WEIGHED to one plane of grey,
//   y[0, p] = low + range * (levels[0, byte 0] + levels[1, byte 1] + levels[2, byte 2])
// Pixels of fewer bytes than y has planes repeat their first. One invocation does one pixel.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint SAMPLES = 3;
layout(constant_id = 1) const uint CHANNELS = 3;
layout(constant_id = 2) const bool WEIGHED = false;

layout(std430, binding = 0) readonly buffer Words { uint words[]; };
layout(std430, binding = 1) readonly buffer Levels { float levels[]; };
layout(std430, binding = 2) writeonly buffer Y { store_t y[]; };
layout(push_constant) uniform Push {
  uint pixels;
  float low, range;
};

uint byte_at(uint place) { return words[place / 4] >> place % 4 * 8 & 255; }

void main() {
  uint p = flat_index();
  if (p >= pixels) return;
  uint first = p * SAMPLES;
  if (WEIGHED) {
    // In this order and without fused operations: as the host does it.
    precise float grey = levels[byte_at(first)] + levels[256 + byte_at(first + 1)];
    grey = grey + levels[512 + byte_at(first + 2)];
    precise float value = low + range * grey;
    y[p] = store_t(value);
    return;
  }
  for (uint c = 0; c < CHANNELS; ++c)
    y[c * pixels + p] = store_t(levels[byte_at(first + (SAMPLES < CHANNELS ? 0 : c))]);
}

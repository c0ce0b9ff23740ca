// Planes of numbers to pixels of CHANNELS bytes, four bytes a word:
//   byte c of pixel p = the largest k of 0…255 with k = 0 or x[c, p] >= thresholds[k]
// Values that are not finite become 0 and are counted. One invocation makes one word.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"

layout(local_size_x = 64) in;
layout(constant_id = 0) const uint CHANNELS = 3;

layout(std430, binding = 0) readonly buffer X { float x[]; };
layout(std430, binding = 1) readonly buffer Thresholds { float thresholds[]; };
layout(std430, binding = 2) writeonly buffer Words { uint words[]; };
layout(std430, binding = 3) buffer Head { uint not_finite; };
layout(push_constant) uniform Push {
  uint pixels, samples;
  float low, steps;  // about x = low + k / steps at thresholds[k]
};

bool is_finite(float value) { return (floatBitsToUint(value) & 0x7f800000) != 0x7f800000; }

uint byte_of(float value) {
  uint k = uint(clamp((value - low) * steps, 0.0, 255.0));
  while (k < 255 && value >= thresholds[k + 1]) ++k;
  while (k > 0 && value < thresholds[k]) --k;
  return k;
}

void main() {
  uint first = flat_index() * 4;
  if (first >= samples) return;
  uint word = 0, bad = 0;
  for (uint i = 0; i < 4 && first + i < samples; ++i) {
    uint p = (first + i) / CHANNELS;
    uint c = (first + i) - p * CHANNELS;
    float value = x[c * pixels + p];
    if (is_finite(value))
      word |= byte_of(value) << i * 8;
    else
      ++bad;
  }
  words[flat_index()] = word;
  if (bad > 0) atomicAdd(not_finite, bad);
}

// y[i] = a random number. uniform: in [0, 1), a multiple of 2^-24: the upper bits of word i % 4 of
// the four words of index i / 4. normal: of the standard normal distribution; each two words make
// two numbers (Box & Muller 1958). One invocation computes four elements.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "common.glsl"
#include "random.glsl"

layout(local_size_x = 64) in;
layout(constant_id = 0) const bool NORMAL = false;

layout(std430, binding = 0) writeonly buffer Y { float y[]; };
layout(std430, binding = 1) readonly buffer Step { StepParams step; };
layout(push_constant) uniform Push { uint count, stream; };

const float TWO_PI = 6.28318530717958647692;

vec2 normals(vec2 u) {
  float radius = sqrt(-2.0 * log(1.0 - u.x));
  return radius * vec2(cos(TWO_PI * u.y), sin(TWO_PI * u.y));
}

void main() {
  uint quad = flat_index();
  if (quad * 4 >= count) return;
  vec4 values = vec4(random_words(step, stream, quad) >> 8) * (1.0 / 16777216.0);
  if (NORMAL) values = vec4(normals(values.xy), normals(values.zw));
  for (uint k = 0; k < 4; ++k) {
    uint i = quad * 4 + k;
    if (i < count) y[i] = values[k];
  }
}

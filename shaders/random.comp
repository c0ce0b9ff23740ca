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

// Vulkan lets log, sin and cos be off by 2^-11: the same seed is to give the same numbers everywhere, to
// the last bits.

// Of a number in (0, 1]: with x = m 2^e and m around 1, log(m) = 2 artanh((m - 1) / (m + 1)).
float log_of_share(float x) {
  int bits = floatBitsToInt(x) - 0x3F3504F3;  // of sqrt(1/2)
  int exponent = bits >> 23;
  float m = intBitsToFloat((bits & 0x007FFFFF) + 0x3F3504F3);
  float s = (m - 1.0) / (m + 1.0), q = s * s;
  float series = 1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q / 9.0)));
  return float(exponent) * 0.693147180559945 + 2.0 * s * series;
}

// (cos, sin) of a share of a whole turn, in [0, 1): Taylor's series within an eighth of a turn.
vec2 direction(float turn) {
  float eighths = floor(8.0 * turn);
  int octant = int(eighths);
  bool odd = (octant & 1) != 0;
  float share = odd ? eighths + 1.0 - 8.0 * turn : 8.0 * turn - eighths;  // from the nearest quarter
  float a = share * 0.785398163397448, q = a * a;
  float c = 1.0 - q * (1.0 / 2.0 - q * (1.0 / 24.0 - q * (1.0 / 720.0 - q / 40320.0)));
  float s = a * (1.0 - q * (1.0 / 6.0 - q * (1.0 / 120.0 - q * (1.0 / 5040.0 - q / 362880.0))));
  vec2 result = odd ? vec2(s, c) : vec2(c, s);
  int quarter = octant >> 1;
  if ((quarter & 1) != 0) result = vec2(-result.y, result.x);
  return (quarter & 2) != 0 ? -result : result;
}

vec2 normals(vec2 u) { return sqrt(-2.0 * log_of_share(1.0 - u.x)) * direction(u.y); }

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

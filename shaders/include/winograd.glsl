// Winograd's minimal filtering F(4×4, 3×3) and F(3×3, 4×4) (Lavin and Gray 2016): an output tile of
// 4×4 or 3×3 pixels costs 36 multiplications per pair of channels instead of 144. And F(4×4, 2×2), 25
// instead of 64: a 4×4 convolution of stride 2 is four of 2×2 and stride 1 (kHalves), one for each
// pair of an even or odd row with an even or odd column.
//
//   y = Aᵀ [ (G w Gᵀ) ⊙ (Bᵀ d B) ] A
//
// The 1-D transforms below follow from interpolation at 0, ±a, ±b, ∞ with a² = 1/2 and b² = 2, which
// loses less precision than the usual ±1, ±2; with kHalves at ±a, ±b, ∞, where a = 0.4 and b = 1.3 lose
// the least of those tried.
#ifndef WINOGRAD_GLSL
#define WINOGRAD_GLSL

layout(constant_id = 8) const int kTile = 4;     // pixels of an output tile along an axis: 4 or 3
layout(constant_id = 11) const int kHalves = 0;  // 1: 4×4 and stride 2; kTile is 4 then

const int kSide = 6;                               // of the input tile, at most
const int kPoints = 6 - kHalves;                   // the same, exactly
const int kKernel = kHalves != 0 ? 2 : 7 - kTile;  // taps along an axis
const int kMostTile = 4, kMostKernel = 4;

const float kA = kHalves != 0 ? 0.4 : 0.70710678118654752;
const float kB = kHalves != 0 ? 1.3 : 1.4142135623730951;
const float kA2 = kHalves != 0 ? 0.16 : 0.5;
const float kB2 = kHalves != 0 ? 1.69 : 2.0;

void transform_five(inout vec4 d[kSide]) {
  const vec4 even_a = d[3] - kB2 * d[1];
  const vec4 odd_a = kA * (d[2] - kB2 * d[0]);
  const vec4 even_b = d[3] - kA2 * d[1];
  const vec4 odd_b = kB * (d[2] - kA2 * d[0]);
  d[4] = (d[4] - (kA2 + kB2) * d[2]) + (kA2 * kB2) * d[0];
  d[0] = even_a + odd_a;
  d[1] = even_a - odd_a;
  d[2] = even_b + odd_b;
  d[3] = even_b - odd_b;
}

// Bᵀ d along one axis.
void transform_input(inout vec4 d[kSide]) {
  if (kHalves != 0) {
    transform_five(d);
    return;
  }
  const vec4 even_a = d[4] - kB2 * d[2];
  const vec4 odd_a = kA * (d[3] - kB2 * d[1]);
  const vec4 even_b = d[4] - kA2 * d[2];
  const vec4 odd_b = kB * (d[3] - kA2 * d[1]);
  d[0] = (d[0] + d[4]) - (kA2 + kB2) * d[2];  // a²b² = 1
  d[5] = (d[1] + d[5]) - (kA2 + kB2) * d[3];
  d[1] = even_a + odd_a;
  d[2] = even_a - odd_a;
  d[3] = even_b + odd_b;
  d[4] = even_b - odd_b;
}

// Aᵀ m along one axis; only the first kTile of y mean something.
void transform_output(vec4 m[kSide], out vec4 y[kMostTile]) {
  const int pairs = 1 - kHalves;  // of the points a, -a, b, -b, after 0 where that is one
  const vec4 sum_a = m[pairs] + m[pairs + 1];
  const vec4 sum_b = m[pairs + 2] + m[pairs + 3];
  const vec4 difference_a = m[pairs] - m[pairs + 1];
  const vec4 difference_b = m[pairs + 2] - m[pairs + 3];
  y[0] = kHalves != 0 ? sum_a + sum_b : m[0] + sum_a + sum_b;
  y[1] = kA * difference_a + kB * difference_b;
  y[2] = kA2 * sum_a + kB2 * sum_b;
  y[3] = (kA2 * kA) * difference_a + (kB2 * kB) * difference_b;
  y[kTile - 1] += m[kPoints - 1];
}

// Row i of G times the first kKernel taps along one axis, of four channels.
vec4 transform_weights(int i, vec4 w[kMostKernel]) {
  const int pair = i + kHalves - 1;  // 0, 1: a, -a; 2, 3: b, -b
  const bool outer = pair > 1;
  const float s = (outer ? kB : kA) * ((pair & 1) == 0 ? 1.0 : -1.0);
  const float s2 = outer ? kB2 : kA2;
  const float other = outer ? kA2 : kB2;
  vec4 sum = w[0] + s * w[1];
  if (kHalves != 0) return i == 4 ? w[1] : sum * (1.0 / (2.0 * s * (s2 - other)));
  sum += s2 * w[2];
  if (kKernel > 3) sum += s * s2 * w[3];
  const vec4 finite = sum * (1.0 / (2.0 * s2 * (s2 - other)));
  return i == 0 ? w[0] : i == 5 ? w[kKernel - 1] : finite;
}

#endif

// Winograd's minimal filtering F(kTile×kTile, 3×3) (Lavin and Gray 2016): an output tile of kTile²
// pixels costs kSide² = (kTile+2)² multiplications per channel pair instead of 9*kTile².
//
//   y = Aᵀ [ (G w Gᵀ) ⊙ (Bᵀ d B) ] A
//
// The 1-D transforms below follow from interpolation at 0, ±1, ∞ (kTile 2) and at 0, ±a, ±b, ∞ with
// a² = 1/2, b² = 2 (kTile 4), which loses less precision than the usual ±1, ±2.
#ifndef WINOGRAD_GLSL
#define WINOGRAD_GLSL

layout(constant_id = 7) const int kTile = 4;  // 2 or 4
const int kSide = kTile + 2;

const float kA = 0.70710678118654752;
const float kB = 1.4142135623730951;
const float kA2 = 0.5;
const float kB2 = 2.0;

// Bᵀ d along one axis; d has kSide elements.
void transform_input(inout vec4 d[6]) {
  const vec4 d0 = d[0], d1 = d[1], d2 = d[2], d3 = d[3], d4 = d[4], d5 = d[5];
  if (kTile == 2) {
    d[0] = d0 - d2;
    d[1] = d1 + d2;
    d[2] = d2 - d1;
    d[3] = d3 - d1;
  } else {
    const vec4 even_a = d4 - kB2 * d2;
    const vec4 odd_a = kA * (d3 - kB2 * d1);
    const vec4 even_b = d4 - kA2 * d2;
    const vec4 odd_b = kB * (d3 - kA2 * d1);
    d[0] = (d0 + d4) - (kA2 + kB2) * d2;  // a²b² = 1
    d[1] = even_a + odd_a;
    d[2] = even_a - odd_a;
    d[3] = even_b + odd_b;
    d[4] = even_b - odd_b;
    d[5] = (d1 + d5) - (kA2 + kB2) * d3;
  }
}

// Aᵀ m along one axis: kSide elements to kTile.
void transform_output(vec4 m[6], out vec4 y[4]) {
  if (kTile == 2) {
    y[0] = m[0] + m[1] + m[2];
    y[1] = m[1] - m[2] + m[3];
    y[2] = y[3] = vec4(0.0);
  } else {
    const vec4 sum_a = m[1] + m[2];
    const vec4 sum_b = m[3] + m[4];
    const vec4 difference_a = m[1] - m[2];
    const vec4 difference_b = m[3] - m[4];
    y[0] = m[0] + sum_a + sum_b;
    y[1] = kA * difference_a + kB * difference_b;
    y[2] = kA2 * sum_a + kB2 * sum_b;
    y[3] = (kA2 * kA) * difference_a + (kB2 * kB) * difference_b + m[5];
  }
}

// Row i of G times the three taps w.
float transform_weights(int i, vec3 w) {
  if (kTile == 2) {
    if (i == 0) return w.x;
    if (i == 3) return w.z;
    return 0.5 * (w.x + (i == 1 ? w.y : -w.y) + w.z);
  }
  if (i == 0) return w.x;  // 1 / (a²b²)
  if (i == 5) return w.z;
  const bool outer = i > 2;
  const float s = (outer ? kB : kA) * ((i & 1) == 1 ? 1.0 : -1.0);
  const float s2 = outer ? kB2 : kA2;
  const float other = outer ? kA2 : kB2;
  return (w.x + s * w.y + s2 * w.z) / (2.0 * s2 * (s2 - other));
}

#endif

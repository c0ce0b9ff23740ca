// The gradient of Winograd's minimal filtering with respect to the weights: everything of
// winograd.glsl runs the other way round,
//
//   dw = Gᵀ [ (A dy Aᵀ) ⊙ (Bᵀ d B) ] G, summed over the tiles.
//
// The six points are those of winograd.glsl, and with them Bᵀ; they serve every F(m×m, r×r) with
// m + r = 7. A and G are the powers of the points: A of height m, G of height r and scaled.
//
// A stride of kStride makes kStride² convolutions of stride 1 of one, each with every kStride-th row
// and column of x and of the taps. Their kernels have r×r taps, ceil(K / kStride) being at most r;
// they are counted as channels: e = (c*kStride + a)*kStride + b for rows a and columns b.
#ifndef WINOGRAD_GRADIENT_GLSL
#define WINOGRAD_GRADIENT_GLSL

#include "winograd.glsl"

layout(constant_id = 1) const int kPixels = 4;  // m: rows and columns of dy in a tile, 3 to 5
layout(constant_id = 4) const int kStride = 1;

const int kTaps = 7 - kPixels;  // r
const int kMostPixels = 5;
const int kMostTaps = 4;

// A y along one axis: the polynomial with the coefficients y at the points; y is zero from kPixels on.
void transform_gradient(vec4 y[kMostPixels], out vec4 m[kSide]) {
  const vec4 even_a = y[0] + kA2 * (y[2] + kA2 * y[4]);
  const vec4 odd_a = kA * (y[1] + kA2 * y[3]);
  const vec4 even_b = y[0] + kB2 * (y[2] + kB2 * y[4]);
  const vec4 odd_b = kB * (y[1] + kB2 * y[3]);
  m[0] = y[0];
  m[1] = even_a + odd_a;
  m[2] = even_a - odd_a;
  m[3] = even_b + odd_b;
  m[4] = even_b - odd_b;
  m[5] = y[kPixels - 1];
}

// Gᵀ u along one axis; only the first kTaps of w mean something.
void transform_weights_back(vec4 u[kSide], out vec4 w[kMostTaps]) {
  const float a = 1.0 / (2.0 * kA2 * (kA2 - kB2));
  const float b = 1.0 / (2.0 * kB2 * (kB2 - kA2));
  const vec4 even_a = a * (u[1] + u[2]);
  const vec4 even_b = b * (u[3] + u[4]);
  const vec4 odd_a = (a * kA) * (u[1] - u[2]);
  const vec4 odd_b = (b * kB) * (u[3] - u[4]);
  w[0] = u[0] + even_a + even_b;
  w[1] = odd_a + odd_b;
  w[2] = kA2 * even_a + kB2 * even_b;
  w[3] = kA2 * odd_a + kB2 * odd_b;
  w[kTaps - 1] += u[5];
}

// Element (i, tap) of G.
float transform_back(int i, int tap) {
  const bool outer = i > 2;
  const float s = (outer ? kB : kA) * ((i & 1) == 1 ? 1.0 : -1.0);
  const float s2 = outer ? kB2 : kA2;
  const float other = outer ? kA2 : kB2;
  const float power = ((tap & 1) == 1 ? s : 1.0) * (tap > 1 ? s2 : 1.0);
  const float finite = power * (1.0 / (2.0 * s2 * (s2 - other)));
  return i == 0 ? (tap == 0 ? 1.0 : 0.0) : i == 5 ? (tap == kTaps - 1 ? 1.0 : 0.0) : finite;
}

#endif

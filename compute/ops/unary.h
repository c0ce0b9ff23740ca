// Codes shared by the unary ops and the epilogues of other kernels
// (shaders/include/activation.glsl).
#pragma once

#include <cstdint>

namespace imago {

enum class Unary : uint32_t {
  identity,
  affine,
  leaky_relu,
  tanh,
  sigmoid,
  square,
  rsqrt,
  clamp,
  exp,
  log,
  sqrt,
  abs,
  sign,
  softplus,
  floor,
};

struct UnarySettings {
  Unary operation = Unary::identity;
  float a = 0, b = 0;
};

/// The function in fp64.
double apply(const UnarySettings& settings, double value);

extern const struct Op kUnary;

}  // namespace imago

// Codes of the binary ops (shaders/binary.comp).
#pragma once

#include <cstdint>

namespace imago {

enum class Binary : uint32_t {
  add,
  sub,
  mul,
  div,
  prelu,          // a > 0 ? a : a * b
  prelu_factor,   // a > 0 ? 1 : b
  first,          // a
  leaky_relu_dx,  // b > 0 ? a : a * settings.a; b is what leaky_relu was given, or its result
  tanh_dx,        // a * (1 - b * b), b the result of tanh
  sigmoid_dx,     // a * b * (1 - b), b the result of sigmoid
  clamp_dx,       // settings.a <= b <= settings.b ? a : 0
};

struct BinarySettings {
  Binary operation = Binary::add;
  float a = 0, b = 0;
};

extern const struct Op kBinary;

}  // namespace imago

// Numbers of 16 bits: IEEE 754 binary16, 1 sign, 5 exponent (bias 15), 10 fraction bits.
#pragma once

#include <cstdint>

namespace imago {

float half_to_float(uint16_t half);

/// Rounded to the nearest (ties to even); from 65520 on infinite. NaN stays NaN.
uint16_t float_to_half(float value);

}  // namespace imago

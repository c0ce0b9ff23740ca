#include "compute/base/half.h"

#include <bit>
#include <cmath>

namespace imago {

float half_to_float(uint16_t half) {
  const uint32_t sign = uint32_t{half & 0x8000u} << 16;
  const uint32_t exponent = (half >> 10) & 0x1f;
  const uint32_t fraction = half & 0x3ff;
  if (exponent == 0) {  // subnormal: fraction * 2^-24, which fp32 holds exactly
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 31 ? 0xff : exponent - 15 + 127;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

uint16_t float_to_half(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
  const auto half = [&](uint32_t rest) { return static_cast<uint16_t>(sign | rest); };
  if (magnitude > 0x7f800000u) return half(0x7e00);    // NaN
  if (magnitude >= 0x477ff000u) return half(0x7c00u);  // from 65520 on
  if (magnitude < 0x38800000u)                         // below 2^-14: subnormal
    return half(static_cast<uint32_t>(std::nearbyint(std::abs(value) * 0x1p24f)));
  const uint32_t rebiased = magnitude - (112u << 23);
  return half((rebiased + 0xfffu + (rebiased >> 13 & 1)) >> 13);
}

}  // namespace imago

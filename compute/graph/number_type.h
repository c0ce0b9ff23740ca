// How the numbers of a tensor are stored. Whatever it is, kernels compute with fp32.
#pragma once

#include <cstdint>

namespace imago {

enum class NumberType : uint8_t { fp32, fp16 };

constexpr int64_t bytes_of(NumberType type) { return type == NumberType::fp16 ? 2 : 4; }
constexpr const char* to_string(NumberType type) {
  return type == NumberType::fp16 ? "fp16" : "fp32";
}

}  // namespace imago

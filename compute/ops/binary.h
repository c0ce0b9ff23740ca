// Codes of the binary ops (shaders/binary.comp).
#pragma once

#include <cstdint>

namespace imago {

enum class Binary : uint32_t { add, sub, mul, div, prelu };

extern const struct Op kBinary;

}  // namespace imago

// Integer division that says which way it rounds.
#pragma once

#include <cstdint>

namespace imago {

/// a / b rounded down and up, also for negative a; b > 0.
constexpr int64_t floor_div(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }
constexpr int64_t ceil_div(int64_t a, int64_t b) { return -floor_div(-a, b); }

}  // namespace imago

// Random numbers without a state: a function of a counter and a key, the same on every device.
#pragma once

#include <array>
#include <cstdint>

namespace imago {

/// Philox4x32-10 (Salmon, Moraes, Dror, Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3"):
/// 128 bits, statistically independent for every other counter or key. The twin of
/// shaders/include/random.glsl.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

}  // namespace imago

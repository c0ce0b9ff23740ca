#include "models/data/random_stream.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "compute/base/random.h"

namespace imago {

RandomStream::RandomStream(uint64_t seed, Purpose purpose, uint64_t index)
    : seed_(seed), index_(index), purpose_(static_cast<uint32_t>(purpose)) {}

uint32_t RandomStream::bits() {
  if (used_ == 4) {
    const auto low = [](uint64_t v) { return static_cast<uint32_t>(v); };
    const auto high = [](uint64_t v) { return static_cast<uint32_t>(v >> 32); };
    numbers_ = philox({block_++, purpose_, low(index_), high(index_)}, {low(seed_), high(seed_)});
    used_ = 0;
  }
  return numbers_[static_cast<size_t>(used_++)];
}

double RandomStream::uniform() { return bits() * 0x1p-32; }

int64_t RandomStream::below(int64_t count) {
  // 64 bits modulo count would favour small values by count / 2^64: rejected for exactness.
  const auto n = static_cast<uint64_t>(count);
  const uint64_t fair = UINT64_MAX - UINT64_MAX % n;
  uint64_t value = 0;
  do {
    value = uint64_t{bits()} << 32;
    value |= bits();
  } while (value >= fair);
  return static_cast<int64_t>(value % n);
}

double RandomStream::normal() {
  if (spare_) return *std::exchange(spare_, std::nullopt);
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));  // 1 - u is never 0
  const double angle = 2 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  return radius * std::cos(angle);
}

double RandomStream::poisson(double mean) {
  if (mean > 30) return std::max(0.0, std::round(mean + std::sqrt(mean) * normal()));
  // As many exponential waiting times as fit into `mean` (Knuth, The Art of Computer Programming,
  // volume 2, 3.4.1 F).
  const double limit = std::exp(-mean);
  double product = uniform(), count = 0;
  for (; product > limit; ++count) product *= uniform();
  return count;
}

}  // namespace imago

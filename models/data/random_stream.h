// Random draws in host code, each a pure function of (seed, purpose, index, number of the draw).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace imago {

/// What random numbers are for: two purposes never see the same ones.
enum class Purpose : uint32_t {
  permutation = 1,
  example,
  degradation,
  validation,
  derivation,
  metric,
  points,        // the playground's real points
  latent,        // of training
  share,         // of the playground's gradient penalty
  fixed_latent,  // of validation
  generation,    // of samples that somebody asks for
  mode,          // which mode of its column a number of a table belongs to
  bootstrap,     // of metrics' intervals
  study,         // what a person is shown
};

/// Philox numbers one after another. Two streams made alike give the same numbers; nothing is
/// shared, so a stream per example can be made in any thread and in any order.
class RandomStream {
 public:
  RandomStream(uint64_t seed, Purpose purpose, uint64_t index);

  uint32_t bits();
  /// In [0, 1), a multiple of 2^-32.
  double uniform();
  /// In [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// True with this probability.
  bool chance(double probability) { return uniform() < probability; }
  /// An integer in [0, count), every one equally likely. count ≥ 1.
  int64_t below(int64_t count);
  /// Of mean 0 and variance 1 (Box, Muller 1958).
  double normal();
  /// Of a Poisson distribution of this mean ≥ 0; above 30 its normal approximation, rounded.
  double poisson(double mean);

 private:
  uint64_t seed_, index_;
  uint32_t purpose_, block_ = 0;
  int used_ = 4;                 // of the four numbers in `numbers_`
  std::optional<double> spare_;  // normal numbers come in pairs
  std::array<uint32_t, 4> numbers_ = {};
};

}  // namespace imago

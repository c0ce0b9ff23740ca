// A memory of earlier fakes, so that a discriminator does not forget them.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace imago {

/// Shrivastava et al. 2017, section 2.3, as CycleGAN uses it: until `size` pictures are kept each
/// one is kept and shown; then, half of the time, one that was kept is shown and replaced by the
/// new one. Decisions come from (seed, stream, how many came before).
class ImagePool {
 public:
  /// size 0: every picture is shown as it comes. `stream` tells several pools apart.
  ImagePool(int size, uint64_t seed, uint32_t stream) : size_(size), seed_(seed), stream_(stream) {}

  /// Replaces each of the pictures of a batch, `picture_elements` numbers each, by what is shown.
  void exchange(std::span<float> batch, int64_t picture_elements);

  /// How many pictures came, and those that are kept: what the next exchange depends on.
  uint64_t seen() const { return seen_; }
  const std::vector<std::vector<float>>& kept() const { return kept_; }
  void restore(uint64_t seen, std::vector<std::vector<float>> kept) {
    seen_ = seen;
    kept_ = std::move(kept);
  }

 private:
  int size_;
  uint64_t seed_;
  uint32_t stream_;
  uint64_t seen_ = 0;
  std::vector<std::vector<float>> kept_;
};

}  // namespace imago

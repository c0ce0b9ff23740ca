#include "models/training/methods/image_pool.h"

#include <algorithm>

#include "compute/base/random.h"

namespace imago {

void ImagePool::exchange(std::span<float> batch, int64_t picture_elements) {
  const auto count = static_cast<size_t>(picture_elements);
  for (size_t begin = 0; begin < batch.size(); begin += count, ++seen_) {
    const std::span<float> picture = batch.subspan(begin, count);
    if (static_cast<int>(kept_.size()) < size_) {
      kept_.emplace_back(picture.begin(), picture.end());
      continue;
    }
    if (size_ == 0) continue;
    const auto low = [](uint64_t v) { return static_cast<uint32_t>(v); };
    constexpr uint32_t kPurpose = 0x706f6f6c;
    const auto words =
        philox({low(seen_), low(seen_ >> 32), stream_, kPurpose}, {low(seed_), low(seed_ >> 32)});
    if (words[0] % 2 == 0) continue;
    std::vector<float>& old = kept_[words[1] % kept_.size()];
    std::swap_ranges(picture.begin(), picture.end(), old.begin());
  }
}

}  // namespace imago

#include "models/translate/flicker.h"

#include <algorithm>
#include <cstdlib>

namespace imago {
namespace {

// Of the mean difference of a pixel's neighbourhood, in steps of 255: what a camera's noise makes
// of a thing that stands still, and what is surely movement.
constexpr int kStill = 4, kMoves = 14;
// How much of a new result is taken where nothing moves, of 256: half of a change has arrived after
// about three frames.
constexpr int kLeast = 56, kAll = 256;

bool alike(const Raster& a, const Raster& b) {
  return a.width == b.width && a.height == b.height && a.channels == b.channels &&
         a.alpha == b.alpha && a.bits == b.bits;
}

int share_of(int difference) {
  const int above = std::clamp(difference - kStill, 0, kMoves - kStill);
  return kLeast + (kAll - kLeast) * above / (kMoves - kStill);
}

/// The mean of each value with the two neighbours on either side, at a distance of `step`.
void blur(const int* in, int* out, int count, int step, int lines, int line_step) {
  for (int line = 0; line < lines; ++line, in += line_step, out += line_step)
    for (int i = 0; i < count; ++i) {
      int sum = 0;
      for (int k = -2; k <= 2; ++k) sum += in[std::clamp(i + k, 0, count - 1) * step];
      out[i * step] = sum / 5;
    }
}

}  // namespace

void FlickerFilter::smooth(const Raster& source, Raster& made) {
  if (made.bits != 8 || source.bits != 8) return;
  const bool goes_on = alike(source, source_) && alike(made, shown_);
  if (goes_on) {
    const int width = source.width, height = source.height;
    const auto samples = static_cast<int>(source.pixel_bytes());
    change_.resize(static_cast<size_t>(width) * static_cast<size_t>(height));
    row_.resize(change_.size());
    for (size_t i = 0; i < change_.size(); ++i) {
      int most = 0;
      for (int c = 0; c < samples; ++c) {
        const size_t at = i * static_cast<size_t>(samples) + static_cast<size_t>(c);
        most = std::max(most, std::abs(static_cast<int>(source.samples[at]) -
                                       static_cast<int>(source_.samples[at])));
      }
      change_[i] = most;
    }
    blur(change_.data(), row_.data(), width, 1, height, width);
    blur(row_.data(), change_.data(), height, width, width, 1);
    for (int& change : change_) change = share_of(change);

    const size_t pixel = made.pixel_bytes();
    for (int y = 0; y < made.height; ++y) {
      const int* shares = change_.data() + static_cast<ptrdiff_t>(y) * height / made.height * width;
      auto* now = reinterpret_cast<uint8_t*>(made.row(y));
      const auto* before = reinterpret_cast<const uint8_t*>(shown_.row(y));
      for (int x = 0; x < made.width; ++x) {
        const int share = shares[static_cast<ptrdiff_t>(x) * width / made.width];
        for (size_t c = 0; c < pixel; ++c, ++now, ++before) {
          const int step = (*now - *before) * share;
          // Rounded away from what was, so that every change arrives in the end.
          *now = static_cast<uint8_t>(*before + (step >= 0 ? step + 255 : step - 255) / 256);
        }
      }
    }
  }
  source_ = source;
  shown_ = made;
}

}  // namespace imago

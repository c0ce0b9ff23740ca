#include "models/data/resample.h"

#include <algorithm>
#include <cmath>

namespace imago {
namespace {

// 8 bits of value and this many of weight leave 2 for the sign and the kernel's overshoot.
constexpr int kWeightBits = 22;

/// Keys 1981, equation 15.
double cubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((x - 5) * x + 8) * x * a - 4 * a;
  return 0;
}

/// What one output pixel takes from a line: `weights` of the pixels from `first` on, which sum
/// to 1.
struct Taps {
  int first = 0;
  std::vector<int32_t> weights;  // times 2^kWeightBits
};

std::vector<Taps> make_taps(int from, int to) {
  const double scale = static_cast<double>(from) / to, stretch = std::max(scale, 1.0);
  std::vector<Taps> all(static_cast<size_t>(to));
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * scale, reach = 2 * stretch;
    const int first = std::max(0, static_cast<int>(centre - reach + 0.5));
    const int end = std::min(from, static_cast<int>(centre + reach + 0.5));
    std::vector<double> weights;
    double sum = 0;
    for (int x = first; x < end; ++x) {
      weights.push_back(cubic((x + 0.5 - centre) / stretch));
      sum += weights.back();
    }
    Taps& taps = all[static_cast<size_t>(i)];
    taps.first = first;
    for (const double weight : weights)
      taps.weights.push_back(static_cast<int32_t>(std::lround(weight / sum * (1 << kWeightBits))));
  }
  return all;
}

uint8_t to_byte(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kWeightBits, 0, 255));
}

constexpr int32_t kHalf = 1 << (kWeightBits - 1);

Picture resize_rows(const Picture& picture, int width) {
  const std::vector<Taps> all = make_taps(picture.width, width);
  const int channels = picture.channels;
  Picture result(width, picture.height, channels);
  for (int y = 0; y < picture.height; ++y) {
    uint8_t* to = result.row(y);
    for (const Taps& taps : all) {
      const uint8_t* from = picture.row(y) + static_cast<ptrdiff_t>(taps.first) * channels;
      for (int c = 0; c < channels; ++c) {
        int32_t sum = kHalf;
        for (size_t k = 0; k < taps.weights.size(); ++k)
          sum += taps.weights[k] * from[k * static_cast<size_t>(channels) + static_cast<size_t>(c)];
        *to++ = to_byte(sum);
      }
    }
  }
  return result;
}

Picture resize_columns(const Picture& picture, int height) {
  const std::vector<Taps> all = make_taps(picture.height, height);
  const auto length = static_cast<size_t>(picture.width) * static_cast<size_t>(picture.channels);
  Picture result(picture.width, height, picture.channels);
  std::vector<int32_t> sums(length);
  for (int y = 0; y < height; ++y) {
    const Taps& taps = all[static_cast<size_t>(y)];
    std::fill(sums.begin(), sums.end(), kHalf);
    for (size_t k = 0; k < taps.weights.size(); ++k) {
      const uint8_t* from = picture.row(taps.first + static_cast<int>(k));
      for (size_t i = 0; i < length; ++i) sums[i] += taps.weights[k] * from[i];
    }
    std::transform(sums.begin(), sums.end(), result.row(y), to_byte);
  }
  return result;
}

}  // namespace

Picture resize_bicubic(const Picture& picture, int width, int height) {
  if (width < 1 || height < 1)
    throw DataError("cannot resize a picture to " + std::to_string(width) + "x" +
                    std::to_string(height) + " pixels");
  if (width == picture.width)
    return height == picture.height ? picture : resize_columns(picture, height);
  const Picture wide = resize_rows(picture, width);
  return height == picture.height ? wide : resize_columns(wide, height);
}

}  // namespace imago

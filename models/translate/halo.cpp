#include "models/translate/halo.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace imago {
namespace {

constexpr int kStripHeight = 32, kStripWidth = 192;
constexpr float kVisible = 5e-6f;   // half of what tiles may differ
constexpr float kRounding = 5e-5f;  // what rounding alone may amount to in a deep network

Planes window(const Planes& from, int x, int y, int width, int height) {
  Planes result(from.channels, height, width);
  for (int c = 0; c < from.channels; ++c)
    for (int row = 0; row < height; ++row)
      std::copy_n(from.row(c, y + row) + x, width, result.row(c, row));
  return result;
}

int round_down(int value, int multiple) { return value / multiple * multiple; }

/// The largest difference in each column of two translations, counted from the cut.
std::vector<float> column_differences(const Planes& whole, const Planes& cut) {
  const int offset = whole.width - cut.width;
  std::vector<float> differences(static_cast<size_t>(cut.width), 0.0f);
  for (int c = 0; c < cut.channels; ++c)
    for (int y = 0; y < cut.height; ++y)
      for (int x = 0; x < cut.width; ++x) {
        float& most = differences[static_cast<size_t>(x)];
        most = std::max(most, std::abs(whole.row(c, y)[offset + x] - cut.row(c, y)[x]));
      }
  return differences;
}

/// Uniform in [0, 1], the same for the same numbers.
float noise_at(int c, int y, int x) {
  uint32_t bits = static_cast<uint32_t>((c * 8191 + y) * 8191 + x) * 2654435761u;
  bits = (bits ^ (bits >> 15)) * 2246822519u;
  bits = (bits ^ (bits >> 13)) * 3266489917u;
  return static_cast<float>((bits ^ (bits >> 16)) >> 8) * 0x1p-24f;
}

float patch_at(int c, int y, int x) { return noise_at(c, y / 11, x / 11) < 0.5f ? 0.0f : 1.0f; }

float wave_at(int c, int y, int x) {
  return 0.5f +
         0.5f * std::sin(0.11f * static_cast<float>(x + 2 * c) + 0.07f * static_cast<float>(y));
}

Planes made_picture(const ModelInfo& info, float (*value)(int c, int y, int x)) {
  Planes planes(info.in_channels, kStripHeight, kStripWidth);
  for (int c = 0; c < planes.channels; ++c)
    for (int y = 0; y < planes.height; ++y)
      for (int x = 0; x < planes.width; ++x)
        planes.row(c, y)[x] = info.input_low + (info.input_high - info.input_low) * value(c, y, x);
  return planes;
}

}  // namespace

int measure_halo(const ModelInfo& info, int exact,
                 const std::function<Planes(const Planes&)>& translate) {
  int most = 0;
  for (const auto value : {noise_at, patch_at, wave_at})
    most = std::max(most, measure_halo(made_picture(info, value), exact, info.multiple, info.scale,
                                       info.input_high - info.input_low, translate));
  return most;
}

int measure_halo(const Planes& picture, int exact, int multiple, int scale, float output_range,
                 const std::function<Planes(const Planes&)>& translate) {
  if (picture.height > picture.width)
    return measure_halo(transformed(picture, 4), exact, multiple, scale, output_range, translate);
  const int width = round_down(std::min(kStripWidth, picture.width), multiple);
  const int height = round_down(std::min(kStripHeight, picture.height), multiple);
  // A multiple of 4 keeps the tiles of Winograd's convolution, and so its rounding, in step.
  const int cut = round_down(width / 4, 4 * multiple);
  if (cut < 4) return exact;
  const Planes strip = window(picture, round_down((picture.width - width) / 2, multiple),
                              round_down((picture.height - height) / 2, multiple), width, height);
  const std::vector<float> differences =
      column_differences(translate(strip), translate(window(strip, cut, 0, width - cut, height)));

  // Far from the cut only the rounding of sums in another order is left, which no halo removes. If
  // more than that is left, the network does see that far.
  const auto far = differences.end() - static_cast<std::ptrdiff_t>(differences.size() / 3);
  const float rounding = *std::max_element(far, differences.end());
  if (rounding > kRounding * output_range) return exact;
  const float limit = std::max(kVisible * output_range, 1.5f * rounding);
  int last = static_cast<int>(differences.size()) - 1;
  while (last >= 0 && differences[static_cast<size_t>(last)] <= limit) --last;
  const int seen = (last + scale) / scale;
  const int wanted = seen + seen / 4 + 2;
  return std::min(exact, (wanted + multiple - 1) / multiple * multiple);
}

}  // namespace imago

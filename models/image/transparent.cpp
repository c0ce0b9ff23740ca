// Colours under full transparency.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "models/image/image.h"

namespace imago {
namespace {

/// Breadth first from what is visible: each layer takes the mean of the pixels around it that have
/// a colour by then, in 3 x 3, rounded to a whole step of the image's depth. `steps`: of a Sample's
/// range where that is 0…1; 1 where samples are steps.
template <typename Sample>
void fill(Sample* samples, size_t stride, size_t channels, int width, int height,
          const std::vector<bool>& visible, Sample steps = 1) {
  const auto count = static_cast<size_t>(width) * static_cast<size_t>(height);
  constexpr int32_t kNever = INT32_MAX;
  std::vector<int32_t> layer(count, kNever);  // when it got its colour
  for (size_t i = 0; i < count; ++i)
    if (visible[i]) layer[i] = 0;
  const auto around = [&](size_t i, const auto& visit) {
    const int x = static_cast<int>(i % static_cast<size_t>(width));
    const int y = static_cast<int>(i / static_cast<size_t>(width));
    for (int v = std::max(y - 1, 0); v <= std::min(y + 1, height - 1); ++v)
      for (int u = std::max(x - 1, 0); u <= std::min(x + 1, width - 1); ++u)
        visit(static_cast<size_t>(v) * static_cast<size_t>(width) + static_cast<size_t>(u));
  };
  std::vector<size_t> now, next;
  const auto touches_visible = [&](size_t i) {
    bool touches = false;
    around(i, [&](size_t j) { touches |= visible[j]; });
    return touches;
  };
  const auto enqueue = [&](size_t i, int32_t when, std::vector<size_t>& to) {
    around(i, [&](size_t j) {
      if (layer[j] != kNever) return;
      layer[j] = when;
      to.push_back(j);
    });
  };
  for (size_t i = 0; i < count; ++i)
    if (!visible[i] && touches_visible(i)) {
      layer[i] = 1;
      now.push_back(i);
    }
  for (int32_t when = 1; !now.empty(); ++when) {
    next.clear();
    for (const size_t i : now) {
      double sums[3] = {};
      int known = 0;
      around(i, [&](size_t j) {
        if (layer[j] >= when) return;
        ++known;
        for (size_t c = 0; c < channels; ++c)
          sums[c] += std::floor(static_cast<double>(samples[j * stride + c]) * steps + 0.5);
      });
      for (size_t c = 0; c < channels; ++c)
        samples[i * stride + c] =
            static_cast<Sample>(static_cast<Sample>(std::floor(sums[c] / known + 0.5)) / steps);
      enqueue(i, when + 1, next);
    }
    std::swap(now, next);
  }
  for (size_t i = 0; i < count; ++i)
    if (layer[i] == kNever) std::fill_n(samples + i * stride, channels, Sample{0});
}

template <typename Sample>
void fill_samples(Raster& raster) {
  auto* samples = reinterpret_cast<Sample*>(raster.samples.data());
  const auto channels = static_cast<size_t>(raster.channels);
  std::vector<bool> visible(raster.samples.size() / raster.pixel_bytes());
  for (size_t i = 0; i < visible.size(); ++i)
    visible[i] = samples[i * (channels + 1) + channels] != 0;
  if (std::ranges::count(visible, false) > 0)
    fill(samples, channels + 1, channels, raster.width, raster.height, visible);
}

}  // namespace

void fill_transparent(Raster& raster) {
  if (!raster.alpha) return;
  if (raster.bits == 16)
    fill_samples<uint16_t>(raster);
  else
    fill_samples<uint8_t>(raster);
}

void fill_transparent(Image& image) {
  if (image.alpha.empty()) return;
  std::vector<bool> visible(image.alpha.size());
  for (size_t i = 0; i < visible.size(); ++i) visible[i] = image.alpha[i] > 0;
  const auto channels = static_cast<size_t>(image.channels);
  if (std::ranges::count(visible, false) > 0)
    fill(image.pixels.data(), channels, channels, image.width, image.height, visible,
         image.bits == 16 ? 65535.0f : 255.0f);
}

}  // namespace imago

#include "models/image/codecs/canvas.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "models/image/codecs/formats.h"

namespace imago::formats {
namespace {

/// One pixel over another, alpha last and not multiplied into the colours (PNG, third edition,
/// 13.16).
template <typename Sample>
void lay_over(const Sample* top, Sample* below, size_t channels) {
  constexpr uint64_t kMaximum = std::numeric_limits<Sample>::max();
  const uint64_t alpha = top[channels], under = below[channels];
  if (alpha == 0) return;
  const uint64_t rest = (kMaximum - alpha) * under;  // in kMaximum squared
  const uint64_t sum = alpha * kMaximum + rest;
  for (size_t c = 0; c < channels; ++c)
    below[c] = static_cast<Sample>((top[c] * alpha * kMaximum + below[c] * rest + sum / 2) / sum);
  below[channels] = static_cast<Sample>((sum + kMaximum / 2) / kMaximum);
}

template <typename Sample>
void draw(const Raster& frame, Raster& canvas, int x, int y, bool over) {
  const auto channels = static_cast<size_t>(canvas.channels);
  std::vector<Sample> pixel(channels + 1, std::numeric_limits<Sample>::max());
  for (int v = 0; v < frame.height; ++v) {
    const std::byte* from = frame.row(v);
    std::byte* to = canvas.row(y + v) + static_cast<size_t>(x) * canvas.pixel_bytes();
    for (int u = 0; u < frame.width; ++u) {
      std::memcpy(pixel.data(), from, frame.pixel_bytes());
      if (over)
        lay_over(pixel.data(), reinterpret_cast<Sample*>(to), channels);
      else
        std::memcpy(to, pixel.data(), canvas.pixel_bytes());
      from += frame.pixel_bytes();
      to += canvas.pixel_bytes();
    }
  }
}

}  // namespace

Canvas::Canvas(int width, int height, int channels, int bits)
    : canvas_(make_raster(width, height, channels, true, bits)) {}

void Canvas::dispose_last() {
  if (dispose_ == Dispose::restore) canvas_ = std::move(before_);
  if (dispose_ != Dispose::clear) return;
  for (int y = y_; y < y_ + height_; ++y)
    std::fill_n(canvas_.row(y) + static_cast<size_t>(x_) * canvas_.pixel_bytes(),
                static_cast<size_t>(width_) * canvas_.pixel_bytes(), std::byte{0});
}

void Canvas::show(const Raster& frame, int x, int y, Dispose dispose, bool over) {
  dispose_last();
  x_ = x, y_ = y, width_ = frame.width, height_ = frame.height, dispose_ = dispose;
  if (dispose == Dispose::restore) before_ = canvas_;
  if (canvas_.bits == 8)
    draw<uint8_t>(frame, canvas_, x, y, over);
  else
    draw<uint16_t>(frame, canvas_, x, y, over);
}

Raster Canvas::picture() const {
  const size_t colour = static_cast<size_t>(canvas_.channels * canvas_.bits / 8);
  const size_t pixel = canvas_.pixel_bytes(), count = canvas_.samples.size() / pixel;
  bool opaque = true;
  for (size_t i = 0; opaque && i < count; ++i)
    for (size_t b = colour; b < pixel; ++b)
      opaque &= canvas_.samples[i * pixel + b] == std::byte{0xFF};
  if (!opaque) return canvas_;
  Raster result = make_raster(canvas_.width, canvas_.height, canvas_.channels, false, canvas_.bits);
  for (size_t i = 0; i < count; ++i)
    std::copy_n(&canvas_.samples[i * pixel], colour, &result.samples[i * colour]);
  return result;
}

}  // namespace imago::formats

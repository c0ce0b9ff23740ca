// Rasters: what decoders make and encoders take.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "models/image/codecs/formats.h"
#include "models/image/writer.h"

namespace imago {
namespace {

template <typename Sample>
void to_floats(const Raster& raster, Image& image) {
  constexpr float kMaximum = std::numeric_limits<Sample>::max();
  const auto* sample = reinterpret_cast<const Sample*>(raster.samples.data());
  const auto channels = static_cast<size_t>(raster.channels);
  const size_t count = raster.samples.size() / raster.pixel_bytes();
  image.pixels.resize(count * channels);
  if (raster.alpha) image.alpha.resize(count);
  float* colour = image.pixels.data();
  for (size_t i = 0; i < count; ++i) {
    for (size_t c = 0; c < channels; ++c) *colour++ = static_cast<float>(*sample++) / kMaximum;
    if (raster.alpha) image.alpha[i] = static_cast<float>(*sample++) / kMaximum;
  }
}

template <typename Sample>
Sample quantise(float value) {
  constexpr float kMaximum = std::numeric_limits<Sample>::max();
  return static_cast<Sample>(std::clamp(value, 0.0f, 1.0f) * kMaximum + 0.5f);
}

template <typename Sample>
void quantise_samples(const float* colour, int channels, const float* alpha,
                      const RowLayout& layout, std::byte* row) {
  auto* sample = reinterpret_cast<Sample*>(row);
  for (int x = 0; x < layout.width; ++x, colour += channels) {
    const float opaque = alpha ? std::clamp(alpha[x], 0.0f, 1.0f) : 1.0f;
    for (int c = 0; c < layout.channels; ++c) {
      float value = colour[channels == 3 ? c : 0];
      if (alpha && !layout.alpha) value = std::clamp(value, 0.0f, 1.0f) * opaque + (1.0f - opaque);
      *sample++ = quantise<Sample>(value);
    }
    if (layout.alpha) *sample++ = quantise<Sample>(opaque);
  }
}

[[noreturn]] void throw_not_finite(ptrdiff_t x, int y) {
  throw ImageError("the picture has a value that is not a number at (" + std::to_string(x) + ", " +
                   std::to_string(y) + "): it is not written");
}

}  // namespace

void quantise_row(const float* colour, int channels, const float* alpha, const RowLayout& layout,
                  int y, std::byte* row) {
  const auto finite = [](float value) { return std::isfinite(value); };
  const float* end = colour + static_cast<ptrdiff_t>(layout.width) * channels;
  if (const float* bad = std::find_if_not(colour, end, finite); bad != end)
    throw_not_finite((bad - colour) / channels, y);
  if (alpha)
    if (const float* bad = std::find_if_not(alpha, alpha + layout.width, finite);
        bad != alpha + layout.width)
      throw_not_finite(bad - alpha, y);
  if (layout.bits == 16)
    quantise_samples<uint16_t>(colour, channels, alpha, layout, row);
  else
    quantise_samples<uint8_t>(colour, channels, alpha, layout, row);
}

Image to_image(const Raster& raster) {
  Image image;
  image.width = raster.width;
  image.height = raster.height;
  image.channels = raster.channels;
  image.bits = raster.bits;
  image.metadata = raster.metadata;
  image.note = raster.note;
  if (raster.bits == 16)
    to_floats<uint16_t>(raster, image);
  else
    to_floats<uint8_t>(raster, image);
  return image;
}

Raster to_raster(const Image& image) {
  Raster raster = formats::make_raster(image.width, image.height, image.channels,
                                       !image.alpha.empty(), image.bits);
  raster.metadata = image.metadata;
  raster.note = image.note;
  const RowLayout layout{image.width, image.height, image.channels, raster.alpha, image.bits};
  const auto width = static_cast<size_t>(image.width);
  for (int y = 0; y < image.height; ++y) {
    const size_t pixel = static_cast<size_t>(y) * width;
    quantise_row(&image.pixels[pixel * static_cast<size_t>(image.channels)], image.channels,
                 raster.alpha ? &image.alpha[pixel] : nullptr, layout, y, raster.row(y));
  }
  return raster;
}

namespace {

template <typename Sample>
void unmultiply(Raster& raster) {
  constexpr uint64_t kMaximum = std::numeric_limits<Sample>::max();
  auto* sample = reinterpret_cast<Sample*>(raster.samples.data());
  const auto colours = static_cast<size_t>(raster.channels);
  const size_t count = raster.samples.size() / raster.pixel_bytes();
  for (size_t i = 0; i < count; ++i, sample += colours + 1) {
    const uint64_t alpha = sample[colours];
    for (size_t c = 0; c < colours; ++c)
      sample[c] =
          alpha == 0
              ? Sample{0}
              : static_cast<Sample>(std::min((sample[c] * kMaximum + alpha / 2) / alpha, kMaximum));
  }
}

}  // namespace

namespace formats {

void divide_out_alpha(Raster& raster) {
  raster.bits == 16 ? unmultiply<uint16_t>(raster) : unmultiply<uint8_t>(raster);
}

Raster make_raster(int width, int height, int channels, bool alpha, int bits) {
  Raster raster;
  raster.width = width;
  raster.height = height;
  raster.channels = channels;
  raster.alpha = alpha;
  raster.bits = bits;
  raster.samples.resize(raster.row_bytes() * static_cast<size_t>(height));
  return raster;
}

void drop_colour(Raster& raster) {
  if (raster.channels == 1) return;
  Raster grey = make_raster(raster.width, raster.height, 1, raster.alpha, raster.bits);
  const size_t sample = static_cast<size_t>(raster.bits / 8), pixel = raster.pixel_bytes();
  for (size_t i = 0; i * pixel < raster.samples.size(); ++i) {
    std::byte* to = &grey.samples[i * grey.pixel_bytes()];
    std::copy_n(&raster.samples[i * pixel], sample, to);
    if (raster.alpha) std::copy_n(&raster.samples[i * pixel + 3 * sample], sample, to + sample);
  }
  grey.metadata = std::move(raster.metadata);
  raster = std::move(grey);
}

void require_page(int page, int pages, const char* pages_are) {
  if (page >= 1 && page <= pages) return;
  const std::string kind(pages_are, std::strlen(pages_are) - 1);
  throw ImageError("there is no " + kind + " " + std::to_string(page) + ": the file has " +
                   std::to_string(pages) + " " + (pages == 1 ? kind : pages_are));
}

}  // namespace formats
}  // namespace imago

#include "models/translate/planes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "models/image/alpha.h"

namespace imago {
namespace {

void keep_luma_only(Image& image) {
  std::vector<float> grey(image.pixels.size() / 3);
  for (size_t i = 0; i < grey.size(); ++i) {
    const float* pixel = &image.pixels[3 * i];
    grey[i] = std::clamp(luma_of(pixel[0], pixel[1], pixel[2]), 0.0f, 1.0f);
  }
  image.pixels = std::move(grey);
  image.channels = 1;
}

}  // namespace

PlaneReader::PlaneReader(const Planes& planes)
    : PlaneReader(planes.channels, planes.height, planes.width,
                  [&planes](int c, int y, int x, int count, float* to) {
                    std::copy_n(planes.row(c, y) + x, count, to);
                  }) {}

Planes read_all(const PlaneReader& picture) {
  Planes planes(picture.channels, picture.height, picture.width);
  for (int c = 0; c < planes.channels; ++c)
    for (int y = 0; y < planes.height; ++y) picture.read(c, y, 0, planes.width, planes.row(c, y));
  return planes;
}

namespace {

void require_picture_channels(const ModelInfo& info) {
  if (info.latent > 0)
    throw ImageError(
        "the network makes pictures of random numbers, not of pictures: it is for "
        "'imago generate'");
  if (info.in_channels != 1 && info.in_channels != 3)
    throw ImageError("the network takes " + std::to_string(info.in_channels) +
                     " channels, a picture has 1 or 3");
}

/// Values of one plane out of interleaved samples, which are divided by `maximum`.
template <typename Sample>
struct FromSamples {
  const Sample* samples;
  size_t width, stride, channels;
  float maximum, low, range;
  bool weighed;  // RGB to grey

  void operator()(int c, int y, int x, int count, float* to) const {
    const Sample* pixel =
        samples + (static_cast<size_t>(y) * width + static_cast<size_t>(x)) * stride;
    const auto value = [&](size_t i) { return static_cast<float>(pixel[i]) / maximum; };
    const size_t plane = channels == 1 ? 0 : static_cast<size_t>(c);
    for (int i = 0; i < count; ++i, pixel += stride)
      to[i] = low + range * (weighed ? luma_of(value(0), value(1), value(2)) : value(plane));
  }
};

template <typename Sample>
PlaneReader reader_of_samples(const Sample* samples, int width, int height, int channels,
                              int stride, float maximum, const ModelInfo& info) {
  require_picture_channels(info);
  return {info.in_channels, height, width,
          FromSamples<Sample>{samples, static_cast<size_t>(width), static_cast<size_t>(stride),
                              static_cast<size_t>(channels), maximum, info.input_low,
                              info.input_high - info.input_low,
                              info.in_channels == 1 && channels == 3}};
}

}  // namespace

PlaneReader reader_of(const Image& image, const ModelInfo& info) {
  return reader_of_samples(image.pixels.data(), image.width, image.height, image.channels,
                           image.channels, 1.0f, info);
}

PlaneReader reader_of(const Raster& raster, const ModelInfo& info) {
  const int stride = raster.channels + (raster.alpha ? 1 : 0);
  if (raster.bits == 16)
    return reader_of_samples(reinterpret_cast<const uint16_t*>(raster.samples.data()), raster.width,
                             raster.height, raster.channels, stride, 65535.0f, info);
  PlaneReader reader =
      reader_of_samples(reinterpret_cast<const uint8_t*>(raster.samples.data()), raster.width,
                        raster.height, raster.channels, stride, 255.0f, info);
  reader.samples = stride;
  reader.read_bytes = [&raster, stride](int y, int x, int count, std::byte* to) {
    const auto size = [&](int pixels) { return static_cast<size_t>(pixels * stride); };
    std::copy_n(raster.row(y) + size(x), size(count), to);
  };
  return reader;
}

Planes to_planes(const Image& image, const ModelInfo& info) {
  return read_all(reader_of(image, info));
}

bool restores(const ModelInfo& info) {
  if (info.in_channels != 3 || info.out_channels != 3) return false;
  constexpr std::array kRestorers = {"srresnet", "msrresnet", "rrdbnet", "srvggnet_compact",
                                     "span",     "realplksr", "cunet"};
  return info.scale > 1 || std::ranges::count(kRestorers, info.architecture) > 0;
}

bool lies_on_paper(const ModelInfo& info) {
  return info.takes_drawings || (info.in_channels == 1 && info.out_channels == 3);
}

std::optional<Image> prepared(const Image& given, const ModelInfo& info) {
  if (given.alpha.empty()) return std::nullopt;
  if (lies_on_paper(info)) return on_white(given);
  if (std::ranges::all_of(given.alpha, [](float alpha) { return alpha > 0; })) return std::nullopt;
  Image filled = given;
  fill_transparent(filled);
  return filled;
}

Image on_white(Image image) {
  const auto channels = static_cast<size_t>(image.channels);
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    const float alpha = image.alpha[i / channels];
    image.pixels[i] = image.pixels[i] * alpha + (1 - alpha);
  }
  image.alpha.clear();
  return image;
}

Sides reduced_sides(int width, int height, int side) {
  const int shorter = std::min(width, height);
  const auto reduced = [&](int length) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(side) * length / shorter)));
  };
  return {reduced(width), reduced(height)};
}

Image reduced_to(const Image& image, int side) {
  const Sides sides = reduced_sides(image.width, image.height, side);
  Image result = image;
  result.width = sides.width;
  result.height = sides.height;
  result.pixels =
      resize_plane(image.pixels, image.width, image.height, result.width, result.height);
  if (!image.alpha.empty())
    result.alpha =
        resize_alpha(image.alpha, image.width, image.height, result.width, result.height);
  return result;
}

void take_luma(Image& result, const Image& given) {
  if (result.channels != 3) return;
  std::vector<float> wanted(given.pixels.size() / static_cast<size_t>(given.channels));
  for (size_t i = 0; i < wanted.size(); ++i) {
    const float* pixel = &given.pixels[i * static_cast<size_t>(given.channels)];
    wanted[i] = given.channels == 1 ? pixel[0] : luma_of(pixel[0], pixel[1], pixel[2]);
  }
  if (given.width != result.width || given.height != result.height)
    wanted = resize_plane(wanted, given.width, given.height, result.width, result.height);
  for (size_t i = 0; i < wanted.size(); ++i) {
    float* pixel = &result.pixels[3 * i];
    const float more = wanted[i] - luma_of(pixel[0], pixel[1], pixel[2]);
    for (int c = 0; c < 3; ++c) pixel[c] = std::clamp(pixel[c] + more, 0.0f, 1.0f);
  }
}

Image to_image(const Planes& planes, const Image& source, const ModelInfo& info, double scale) {
  Image image;
  image.channels = planes.channels >= 3 ? 3 : 1;
  image.bits = source.bits;
  image.metadata = source.metadata;
  image.width = scale > 0 ? static_cast<int>(std::lround(source.width * scale)) : planes.width;
  image.height = scale > 0 ? static_cast<int>(std::lround(source.height * scale)) : planes.height;
  if (image.width < 1 || image.height < 1)
    throw ImageError("a picture of " + std::to_string(source.width) + "x" +
                     std::to_string(source.height) + " pixels cannot be made that small");

  const float low = info.input_low, range = info.input_high - info.input_low;
  const auto plane_size = static_cast<size_t>(planes.width) * static_cast<size_t>(planes.height);
  const auto channels = static_cast<size_t>(image.channels);
  image.pixels.resize(static_cast<size_t>(image.width) * static_cast<size_t>(image.height) *
                      channels);
  const auto made_plane = [&](size_t c) {
    const auto first = planes.values.begin() + static_cast<std::ptrdiff_t>(c * plane_size);
    std::vector<float> plane(first, first + static_cast<std::ptrdiff_t>(plane_size));
    for (float& value : plane) value = std::clamp((value - low) / range, 0.0f, 1.0f);
    plane = resize_plane(plane, planes.width, planes.height, image.width, image.height);
    for (float& value : plane) value = std::clamp(value, 0.0f, 1.0f);
    return plane;
  };
  for (size_t c = 0; c < channels; ++c) {
    const std::vector<float> plane = made_plane(c);
    for (size_t i = 0; i < plane.size(); ++i) image.pixels[i * channels + c] = plane[i];
  }
  if (planes.channels == 2)
    image.alpha = made_plane(1);
  else if (!source.alpha.empty())
    image.alpha =
        resize_alpha(source.alpha, source.width, source.height, image.width, image.height);
  if (source.channels == 1 && restores(info)) keep_luma_only(image);
  return image;
}

namespace {

/// Where pixel i of a mirrored line of `size` pixels comes from.
int mirrored(int i, int size) {
  if (i < 0) return std::min(-i, size - 1);
  if (i < size) return i;
  const int back = 2 * (size - 1) - i;
  return back >= 0 ? back : size - 1;
}

/// `count` pixels of a mirrored row from pixel `first` on, each of `samples` elements. `read` gives
/// those of the row itself, as PlaneReader does.
template <class Element, class Read>
void read_mirrored(int width, int first, int count, size_t samples, Element* to, const Read& read) {
  const int begin = std::clamp(first, 0, width);
  const int end = std::clamp(first + count, begin, width);
  const auto place = [&](int pixel) { return to + static_cast<size_t>(pixel - first) * samples; };
  if (begin < end) read(begin, end - begin, place(begin));
  if (begin == first && end == first + count) return;
  std::vector<Element> line(static_cast<size_t>(width) * samples);
  read(0, width, line.data());
  for (int i = first; i < first + count; ++i) {
    if (i >= begin && i < end) continue;
    std::copy_n(&line[static_cast<size_t>(mirrored(i, width)) * samples], samples, place(i));
  }
}

}  // namespace

PlaneReader padded(const PlaneReader& picture, int width, int height, int left, int top) {
  if (width == picture.width && height == picture.height && left == 0 && top == 0) return picture;
  PlaneReader larger(picture.channels, height, width,
                     [picture, left, top](int c, int y, int x, int count, float* to) {
                       const int row = mirrored(y - top, picture.height);
                       read_mirrored(picture.width, x - left, count, 1, to,
                                     [&](int from, int pixels, float* values) {
                                       picture.read(c, row, from, pixels, values);
                                     });
                     });
  if (picture.samples == 0) return larger;
  larger.samples = picture.samples;
  larger.read_bytes = [picture, left, top](int y, int x, int count, std::byte* to) {
    const int row = mirrored(y - top, picture.height);
    read_mirrored(picture.width, x - left, count, static_cast<size_t>(picture.samples), to,
                  [&](int from, int pixels, std::byte* bytes) {
                    picture.read_bytes(row, from, pixels, bytes);
                  });
  };
  return larger;
}

Planes cropped(const Planes& planes, int width, int height, int left, int top) {
  Planes result(planes.channels, height, width);
  for (int c = 0; c < planes.channels; ++c)
    for (int y = 0; y < height; ++y)
      std::copy_n(planes.row(c, y + top) + left, width, result.row(c, y));
  return result;
}

namespace {

constexpr std::array<Place, kMostShifts> kPlaces = {
    {{0, 0}, {5, 11}, {10, 5}, {15, 2}, {6, 14}, {3, 9}, {12, 3}, {9, 12}}};

}  // namespace

Place shift_place(int shift, const ModelInfo& info) {
  const Place& place = kPlaces[static_cast<size_t>(shift)];
  return {place.left + info.margin, place.top + info.margin};
}

bool is_moved(int shifts, const ModelInfo& info) { return shifts > 1 || info.margin > 0; }

Sides sides_for_shifts(const PlaneReader& picture, int shifts, const ModelInfo& info) {
  int room = 0;
  for (const Place& place : std::span(kPlaces).first(static_cast<size_t>(shifts)))
    room = std::max({room, place.left, place.top});
  const auto side = [&](int pixels) {
    return round_up(std::max(pixels, info.minimum), info.multiple);
  };
  room += 2 * info.margin;
  return {side(picture.width + room), side(picture.height + room)};
}

Planes cycle_spinning(const PlaneReader& picture, int shifts, const ModelInfo& info,
                      const std::function<Planes(const PlaneReader&)>& make) {
  const Sides sides = sides_for_shifts(picture, shifts, info);
  Planes mean(info.out_channels, picture.height * info.scale, picture.width * info.scale);
  for (int shift = 0; shift < shifts; ++shift) {
    const Place place = shift_place(shift, info);
    const Planes made = make(padded(picture, sides.width, sides.height, place.left, place.top));
    accumulate(
        mean,
        cropped(made, mean.width, mean.height, place.left * info.scale, place.top * info.scale),
        1.0f / static_cast<float>(shifts));
  }
  return mean;
}

Planes transformed(const Planes& planes, int transform) {
  const bool transpose = transform & 4;
  Planes result(planes.channels, transpose ? planes.width : planes.height,
                transpose ? planes.height : planes.width);
  for (int c = 0; c < result.channels; ++c)
    for (int y = 0; y < result.height; ++y) {
      float* to = result.row(c, y);
      const int v = transform & 2 ? result.height - 1 - y : y;
      for (int x = 0; x < result.width; ++x) {
        const int u = transform & 1 ? result.width - 1 - x : x;
        to[x] = transpose ? planes.row(c, u)[v] : planes.row(c, v)[u];
      }
    }
  return result;
}

Planes inverse_transformed(const Planes& planes, int transform) {
  // Flips come after the transposition; undone in the other order they swap their axes.
  if (!(transform & 4)) return transformed(planes, transform);
  const int swapped = (transform & 1 ? 2 : 0) | (transform & 2 ? 1 : 0);
  return transformed(planes, 4 | swapped);
}

void accumulate(Planes& to, const Planes& from, float weight) {
  if (to.values.size() != from.values.size() || to.width != from.width)
    throw Error("accumulate: two passes over a picture gave different sizes");
  for (size_t i = 0; i < to.values.size(); ++i) to.values[i] += weight * from.values[i];
}

void accumulate(Planes& to, const Planes& from, int x, int y, float weight) {
  const int first = std::max(0, -x), end = std::min(from.width, to.width - x);
  for (int c = 0; c < to.channels; ++c)
    for (int row = std::max(0, -y); row < std::min(from.height, to.height - y); ++row)
      for (int i = first; i < end; ++i) to.row(c, y + row)[x + i] += weight * from.row(c, row)[i];
}

}  // namespace imago

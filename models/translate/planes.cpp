#include "models/translate/planes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace imago {
namespace {

float luma(float red, float green, float blue) {
  return 0.299f * red + 0.587f * green + 0.114f * blue;
}

}  // namespace

Planes to_planes(const Image& image, const ModelInfo& info) {
  if (info.in_channels != 1 && info.in_channels != 3)
    throw ImageError("the network takes " + std::to_string(info.in_channels) +
                     " channels, a picture has 1 or 3");
  Planes planes(info.in_channels, image.height, image.width);
  const float low = info.input_low, range = info.input_high - info.input_low;
  const auto channels = static_cast<size_t>(image.channels);
  const size_t count = planes.values.size() / static_cast<size_t>(info.in_channels);
  for (size_t i = 0; i < count; ++i) {
    const float* pixel = image.pixels.data() + i * channels;
    if (info.in_channels == 1) {
      const float grey = image.channels == 1 ? pixel[0] : luma(pixel[0], pixel[1], pixel[2]);
      planes.values[i] = low + range * grey;
    } else {
      for (size_t c = 0; c < 3; ++c)
        planes.values[c * count + i] = low + range * pixel[image.channels == 1 ? 0 : c];
    }
  }
  return planes;
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

Image reduced_to(const Image& image, int side) {
  const int shorter = std::min(image.width, image.height);
  const auto reduced = [&](int length) {
    return std::max(1, static_cast<int>(std::lround(static_cast<double>(side) * length / shorter)));
  };
  Image result = image;
  result.width = reduced(image.width);
  result.height = reduced(image.height);
  result.pixels =
      resize_plane(image.pixels, image.width, image.height, result.width, result.height);
  if (!image.alpha.empty())
    result.alpha =
        resize_plane(image.alpha, image.width, image.height, result.width, result.height);
  return result;
}

void take_luma(Image& result, const Image& given) {
  if (result.channels != 3) return;
  std::vector<float> wanted(given.pixels.size() / static_cast<size_t>(given.channels));
  for (size_t i = 0; i < wanted.size(); ++i) {
    const float* pixel = &given.pixels[i * static_cast<size_t>(given.channels)];
    wanted[i] = given.channels == 1 ? pixel[0] : luma(pixel[0], pixel[1], pixel[2]);
  }
  if (given.width != result.width || given.height != result.height)
    wanted = resize_plane(wanted, given.width, given.height, result.width, result.height);
  for (size_t i = 0; i < wanted.size(); ++i) {
    float* pixel = &result.pixels[3 * i];
    const float more = wanted[i] - luma(pixel[0], pixel[1], pixel[2]);
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
        resize_plane(source.alpha, source.width, source.height, image.width, image.height);
  return image;
}

Planes pad_to(const Planes& planes, int width, int height, int left, int top) {
  if (width == planes.width && height == planes.height && left == 0 && top == 0) return planes;
  Planes result(planes.channels, height, width);
  const auto mirrored = [](int i, int size) {
    if (i < 0) return std::min(-i, size - 1);
    if (i < size) return i;
    const int back = 2 * (size - 1) - i;
    return back >= 0 ? back : size - 1;
  };
  for (int c = 0; c < planes.channels; ++c)
    for (int y = 0; y < height; ++y) {
      const float* from = planes.row(c, mirrored(y - top, planes.height));
      float* to = result.row(c, y);
      for (int x = 0; x < width; ++x) to[x] = from[mirrored(x - left, planes.width)];
    }
  return result;
}

Planes cropped(const Planes& planes, int width, int height, int left, int top) {
  Planes result(planes.channels, height, width);
  for (int c = 0; c < planes.channels; ++c)
    for (int y = 0; y < height; ++y)
      std::copy_n(planes.row(c, y + top) + left, width, result.row(c, y));
  return result;
}

namespace {

struct Place {
  int left, top;
};
constexpr std::array<Place, kMostShifts> kPlaces = {
    {{0, 0}, {5, 11}, {10, 5}, {15, 2}, {6, 14}, {3, 9}, {12, 3}, {9, 12}}};

}  // namespace

Sides sides_for_shifts(const Planes& picture, int shifts, const ModelInfo& info) {
  int room = 0;
  for (const Place& place : std::span(kPlaces).first(static_cast<size_t>(shifts)))
    room = std::max({room, place.left, place.top});
  const auto side = [&](int pixels) {
    return round_up(std::max(pixels, info.minimum), info.multiple);
  };
  return {side(picture.width + room), side(picture.height + room)};
}

Planes cycle_spinning(const Planes& picture, int shifts, const ModelInfo& info,
                      const std::function<Planes(const Planes&)>& make) {
  const Sides sides = sides_for_shifts(picture, shifts, info);
  Planes mean(info.out_channels, picture.height * info.scale, picture.width * info.scale);
  for (const Place& place : std::span(kPlaces).first(static_cast<size_t>(shifts))) {
    const Planes made = make(pad_to(picture, sides.width, sides.height, place.left, place.top));
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

}  // namespace imago

#include "models/data/picture.h"

#include <algorithm>
#include <cmath>

namespace imago {

Picture to_picture(const Image& image) {
  Picture picture(image.width, image.height, image.channels);
  for (size_t i = 0; i < picture.values.size(); ++i)
    picture.values[i] =
        static_cast<uint8_t>(std::lround(std::clamp(image.pixels[i], 0.0f, 1.0f) * 255.0f));
  return picture;
}

Picture read_picture(const std::filesystem::path& path) {
  try {
    Raster raster = load_raster(path);
    fill_transparent(raster);
    return to_picture(to_image(raster));
  } catch (const ImageError& error) {
    throw DataError(path.string() + ": " + error.what() +
                    " (mend it or take it out of the data set)");
  }
}

Picture with_channels(const Picture& picture, int channels) {
  if (channels == picture.channels) return picture;
  Picture result(picture.width, picture.height, channels);
  const size_t count = picture.values.size() / static_cast<size_t>(picture.channels);
  for (size_t i = 0; i < count; ++i) {
    if (channels == 3) {
      std::fill_n(&result.values[3 * i], 3, picture.values[i]);
    } else {
      const uint8_t* pixel = &picture.values[3 * i];
      result.values[i] =
          static_cast<uint8_t>(0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2] + 0.5);
    }
  }
  return result;
}

Picture part(const Picture& picture, int x, int y, int width, int height) {
  Picture result(width, height, picture.channels);
  for (int row = 0; row < height; ++row)
    std::copy_n(picture.row(y + row) + static_cast<ptrdiff_t>(x) * picture.channels,
                static_cast<ptrdiff_t>(width) * picture.channels, result.row(row));
  return result;
}

Picture mirrored(const Picture& picture) {
  Picture result(picture.width, picture.height, picture.channels);
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x)
      std::copy_n(picture.row(y) + static_cast<ptrdiff_t>(picture.width - 1 - x) * picture.channels,
                  picture.channels, result.row(y) + static_cast<ptrdiff_t>(x) * picture.channels);
  return result;
}

Picture grown(const Picture& picture, int width, int height) {
  Picture result(std::max(width, picture.width), std::max(height, picture.height),
                 picture.channels);
  const auto inside = [](int i, int size) {
    const int period = std::max(1, 2 * (size - 1));
    i = (i % period + period) % period;
    return i < size ? i : period - i;
  };
  const int left = (result.width - picture.width) / 2, top = (result.height - picture.height) / 2;
  for (int y = 0; y < result.height; ++y) {
    const uint8_t* from = picture.row(inside(y - top, picture.height));
    for (int x = 0; x < result.width; ++x)
      std::copy_n(from + static_cast<ptrdiff_t>(inside(x - left, picture.width)) * picture.channels,
                  picture.channels, result.row(y) + static_cast<ptrdiff_t>(x) * picture.channels);
  }
  return result;
}

void append_planes(const Picture& picture, float low, float high, std::vector<float>& values) {
  const auto channels = static_cast<size_t>(picture.channels);
  const size_t count = picture.values.size() / channels, first = values.size();
  values.resize(first + picture.values.size());
  for (size_t c = 0; c < channels; ++c)
    for (size_t i = 0; i < count; ++i)
      values[first + c * count + i] =
          low + (high - low) * (static_cast<float>(picture.values[i * channels + c]) / 255);
}

std::string size_of(const Picture& picture) {
  return std::to_string(picture.width) + "x" + std::to_string(picture.height);
}

}  // namespace imago

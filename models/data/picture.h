// Pictures as data sets keep them: 8 bits a value, so that many fit into memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "models/image/image.h"

namespace imago {

/// A data set that is not as it should be, or a picture in it; the message names the file.
class DataError : public Error {
 public:
  using Error::Error;
};

/// Interleaved rows, top to bottom, grey or RGB.
struct Picture {
  Picture(int w, int h, int c)
      : width(w),
        height(h),
        channels(c),
        values(static_cast<size_t>(w) * static_cast<size_t>(h) * static_cast<size_t>(c)) {}
  uint8_t* row(int y) {
    return values.data() +
           static_cast<size_t>(y) * static_cast<size_t>(width) * static_cast<size_t>(channels);
  }
  const uint8_t* row(int y) const { return const_cast<Picture*>(this)->row(y); }
  bool operator==(const Picture&) const = default;

  int width, height, channels;
  std::vector<uint8_t> values;
};

/// Reads a file; 16 bits are rounded to 8, alpha is dropped, and what it hid fully gets the colours
/// of its visible neighbours. Throws DataError that names the file.
Picture read_picture(const std::filesystem::path& path);

/// Rounded to 8 bits; alpha dropped.
Picture to_picture(const Image& image);

/// Grey repeated, or RGB weighed to grey by BT.601 (0.299, 0.587, 0.114). `channels`: 1 or 3.
Picture with_channels(const Picture& picture, int channels);

/// The part of this size whose upper left pixel is (x, y), which must lie inside.
Picture part(const Picture& picture, int x, int y, int width, int height);

/// Left and right exchanged.
Picture mirrored(const Picture& picture);

/// Grown evenly on all sides to at least this size, by mirroring as often as it takes.
Picture grown(const Picture& picture, int width, int height);

/// Appends C x H x W floats; 0…255 becomes low…high.
void append_planes(const Picture& picture, float low, float high, std::vector<float>& values);

/// "300x200", for messages.
std::string size_of(const Picture& picture);

}  // namespace imago

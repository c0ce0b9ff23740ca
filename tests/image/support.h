// What the picture tests share.
#pragma once

#include <cmath>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "models/image/image.h"

namespace imago::test {

namespace fs = std::filesystem;
using File = std::vector<std::byte>;

inline fs::path images() { return fs::path(IMAGO_FIXTURES) / "images"; }

inline File read(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  const std::string content((std::istreambuf_iterator<char>(stream)), {});
  const auto* bytes = reinterpret_cast<const std::byte*>(content.data());
  return {bytes, bytes + content.size()};
}

inline void write(const fs::path& path, std::span<const std::byte> content) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(content.data()),
             static_cast<std::streamsize>(content.size()));
}

inline File to_file(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

inline bool contains(const File& file, std::string_view text) {
  return std::string_view(reinterpret_cast<const char*>(file.data()), file.size()).find(text) !=
         std::string_view::npos;
}

/// The message of the ImageError that `action` throws; empty if it throws none.
template <typename Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const ImageError& error) {
    return error.what();
  }
  return "";
}

/// A line of tests/fixtures/images/expected.txt: what a picture shows, by another program.
struct Expected {
  std::string name;
  int width = 0, height = 0, channels = 0, bits = 0;
  bool alpha = false;
  int maximum = 0, tolerance = 0;  // of `samples`
  std::vector<int> samples;        // interleaved, alpha last

  friend void PrintTo(const Expected& expected, std::ostream* out) { *out << expected.name; }
};

inline std::vector<Expected> all_expected() {
  std::vector<Expected> all;
  std::ifstream list(images() / "expected.txt");
  for (std::string line; std::getline(list, line);) {
    std::istringstream words(line);
    Expected one;
    words >> one.name >> one.width >> one.height >> one.channels >> one.bits >> one.alpha >>
        one.maximum >> one.tolerance;
    for (int sample = 0; words >> sample;) one.samples.push_back(sample);
    all.push_back(one);
  }
  return all;
}

/// One per format, for tests that damage them.
inline std::vector<std::string> one_of_each() {
  return {"rgb8.png",        "palette_trns.png", "rgb.jpg",
          "progressive.jpg", "metadata.jpg",     "lossless_alpha.webp",
          "lossy.webp",      "lossy_alpha.webp", "lzw.tif",
          "rgb16.tif",       "rgb24.bmp",        "rgba32.bmp",
          "palette.bmp",     "rle8.bmp",         "plain.pbm",
          "binary.pbm",      "plain.pgm",        "binary.pgm",
          "plain.ppm",       "binary1023.ppm",   "grey_alpha16.png",
          "cmyk.jpg",        "uncompressed.tif", "orientation6.webp"};
}

/// A folder of its own for a test, removed afterwards.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "imago-test-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Values on a grid of 2^bits - 1 steps, different everywhere, so that a round trip can be exact.
inline Image sample_image(int width, int height, int channels, int bits, bool alpha) {
  Image image;
  image.width = width;
  image.height = height;
  image.channels = channels;
  image.bits = bits;
  const int maximum = (1 << bits) - 1;
  uint32_t state = 12345;
  const auto next = [&] {
    state = state * 1664525 + 1013904223;
    return static_cast<float>((state >> 8) % static_cast<uint32_t>(maximum + 1)) /
           static_cast<float>(maximum);
  };
  image.pixels.resize(static_cast<size_t>(width * height * channels));
  for (float& value : image.pixels) value = next();
  if (alpha) {
    image.alpha.resize(static_cast<size_t>(width * height));
    for (float& value : image.alpha) value = next();
  }
  return image;
}

}  // namespace imago::test

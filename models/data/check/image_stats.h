// Statistics of an image, few enough to compare thousands of images with each other.
// Internal to models/data.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>

#include "models/data/picture.h"

namespace imago {

/// Features that tell photos, maps, drawings, grey pictures and so on apart.
enum Feature { kRed, kGreen, kBlue, kContrast, kColour, kDetail, kFlatness, kOneColour };
constexpr size_t kFeatures = 8;
using Features = std::array<double, kFeatures>;

constexpr int kThumbnailSide = 32;

/// Of a picture reduced, where it is larger, to kViewSide pixels on its longer side.
struct ImageStats {
  std::string error;            // why it cannot be read; then nothing else is known
  bool unknown_format = false;  // it cannot be read as its content is no picture
  int width = 0, height = 0;    // of the picture in the file, upright
  std::array<uint8_t, kThumbnailSide * kThumbnailSide * 3> thumbnail{};  // RGB
  double brightness = 0;                                                 // its mean, 0…255
  Features whole{};
  // As if two pictures stood side by side in it:
  std::array<Features, 2> halves{};
  double halves_differ = 0;  // RMS of RGB, 0…255
  double seam = 0;           // the step between them, above 1 if it is more than any step near it
};

constexpr int kViewSide = 512;

/// The picture reduced like this, RGB; the proportions are kept, an even width stays even. Throws
/// DataError.
Picture read_view(const std::filesystem::path& file);

/// Never throws for what is in the file.
ImageStats image_stats(const std::filesystem::path& file);

/// RMS of RGB, 0…255, after the second one was made as large as the first.
double difference(const Picture& one, const Picture& other);

}  // namespace imago

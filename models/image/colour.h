// What the numbers of a picture mean as colours, and how that goes from one format to another.
// Internal to models/image.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "models/image/writer.h"

namespace imago {

using Matrix = std::array<std::array<double, 3>, 3>;

/// An RGB (or grey) space: a sample in [0, 1] is decoded to light, in which colours mix.
struct ColourSpace {
  std::function<double(double)> decode;  // sample to light; 1 is the white of a page
  std::optional<double> gamma;           // where that is a mere power
  std::array<double, 8> chromaticities;  // x, y of white, red, green, blue
  bool hybrid_log_gamma = false;  // light of the scene: what a display shows depends on the whole
                                  // pixel
  bool brighter_than_white = false;  // a profile cannot describe it
  bool is_srgb = false;              // nearly
};

/// The space that the chunks of a PNG describe, by their precedence; nullopt: nothing is said, or
/// the ICC profile that is there goes before it.
std::optional<ColourSpace> space_of(const ColourChunks& chunks, bool has_profile);

/// An ICC profile (version 2.1) of this space for pictures of 1 or 3 colour channels.
std::vector<std::byte> make_profile(const ColourSpace& space, int channels);

/// Converts rows to sRGB in place: what is outside of its colours or brighter than white is
/// clipped.
class ConverterToSrgb {
 public:
  ConverterToSrgb(const ColourSpace& space, const RowLayout& layout);
  void convert(std::span<std::byte> rows) const;

 private:
  template <typename Sample>
  void convert_samples(std::span<std::byte> rows) const;

  RowLayout layout_;
  std::vector<float> light_;       // of each sample
  std::vector<uint16_t> encoded_;  // sRGB samples of light in 0…1, finely divided
  Matrix to_srgb_;
  bool hybrid_log_gamma_;
};

}  // namespace imago

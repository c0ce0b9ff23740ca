// Pictures as networks see them: planes of floats in the network's own range.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "models/image/image.h"
#include "models/networks/generator.h"

namespace imago {

/// CHW.
struct Planes {
  Planes(int c, int h, int w)
      : channels(c),
        height(h),
        width(w),
        values(static_cast<size_t>(c) * static_cast<size_t>(h) * static_cast<size_t>(w)) {}
  float* row(int c, int y) {
    return values.data() +
           (static_cast<size_t>(c) * static_cast<size_t>(height) + static_cast<size_t>(y)) *
               static_cast<size_t>(width);
  }
  const float* row(int c, int y) const { return const_cast<Planes*>(this)->row(c, y); }

  int channels, height, width;
  std::vector<float> values;
};

/// A picture that is read piece by piece, so that nobody has to hold all of it as floats. It refers
/// to what it was made of.
struct PlaneReader {
  /// Writes `count` values of row y of plane c to `to`, from column x on.
  using Read = std::function<void(int c, int y, int x, int count, float* to)>;
  /// The same of the bytes that the values are made of, all `samples` of each pixel.
  using ReadBytes = std::function<void(int y, int x, int count, std::byte* to)>;

  PlaneReader(int c, int h, int w, Read read_values)
      : channels(c), height(h), width(w), read(std::move(read_values)) {}
  PlaneReader(const Planes& planes);  // NOLINT: implicit on purpose

  int channels, height, width;
  Read read;
  int samples = 0;  // 0: it is not made of bytes
  ReadBytes read_bytes = {};
};

/// All of it.
Planes read_all(const PlaneReader& picture);

/// The picture in the network's channels (grey repeated, or RGB weighed to grey by BT.601) and
/// range. Throws ImageError if the network wants channels that a picture does not have.
PlaneReader reader_of(const Image& image, const ModelInfo& info);
PlaneReader reader_of(const Raster& raster, const ModelInfo& info);
Planes to_planes(const Image& image, const ModelInfo& info);

/// True for networks whose result shows what they were given: upscalers and other restorers from
/// RGB to RGB. Of grey they make grey; whatever colour they add is noise. (Networks that translate
/// into another domain, such as day to night, may colour.)
bool restores(const ModelInfo& info);

/// Whether what is transparent of a picture is white paper to the network: one for drawings, or one
/// that makes colour of grey.
bool lies_on_paper(const ModelInfo& info);

/// What the network is to see in place of `given`, if it is not that itself: where it lies on
/// paper, that is white; else what is fully transparent gets the colours of its visible neighbours,
/// so that it never matters what was left there.
std::optional<Image> prepared(const Image& given, const ModelInfo& info);

/// BT.601.
constexpr float luma_of(float red, float green, float blue) {
  return 0.299f * red + 0.587f * green + 0.114f * blue;
}

/// Opaque, with white where there was nothing.
Image on_white(Image image);

/// Resized so that its shorter side becomes `side`.
Image reduced_to(const Image& image, int side);
struct Sides {
  int width = 0, height = 0;
};
Sides reduced_sides(int width, int height, int side);

/// Only the colours of `result` stay: its BT.601 luma becomes that of `given`, another size or not,
/// as far as there are such colours. Nothing happens to grey results.
void take_luma(Image& result, const Image& given);

/// Back to a picture, clamped to [0, 1], with depth, metadata and (scaled) alpha of `source`; grey
/// (the BT.601 luma) where a network that restores was given grey; two planes are grey and alpha.
/// `scale`: resized to this multiple of the source's size; 0: as it is.
Image to_image(const Planes& planes, const Image& source, const ModelInfo& info, double scale);

/// Grown to the right and down by mirroring without repeating the edge (by repeating it where the
/// picture is too small to mirror), and first by `left` and `top` to the other sides.
PlaneReader padded(const PlaneReader& picture, int width, int height, int left = 0, int top = 0);
/// The part whose upper left corner is (left, top).
Planes cropped(const Planes& planes, int width, int height, int left = 0, int top = 0);

/// The smallest multiple that is not below `value`.
constexpr int round_up(int value, int multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// How many shifts cycle_spinning knows.
inline constexpr int kMostShifts = 8;
/// The most that ModelInfo::margin is.
inline constexpr int kMostMargin = 1024;
/// The sides of what cycle_spinning gives to `make`: room for so many shifts and the margin, as the
/// network wants them.
Sides sides_for_shifts(const PlaneReader& picture, int shifts, const ModelInfo& info);
/// Where the picture lies in it.
struct Place {
  int left, top;
};
Place shift_place(int shift, const ModelInfo& info);
/// Whether one of so many shifts, or the margin, moves it from the upper left corner.
bool is_moved(int shifts, const ModelInfo& info);
/// The mean of what `make` makes of the picture at 1…8 places of a larger one, which mirroring
/// fills, all of them ModelInfo::margin away from its borders. They are spread evenly over a grid
/// of 2 pixels and are no two alike on one of 4, so that what a network leaves on such a grid fades
/// (cycle spinning: Coifman & Donoho 1995).
Planes cycle_spinning(const PlaneReader& picture, int shifts, const ModelInfo& info,
                      const std::function<Planes(const PlaneReader&)>& make);

/// The eight flips and rotations of a square: bit 0 mirrors left-right, bit 1 top-bottom, bit 2
/// transposes first. 0 is the picture itself.
Planes transformed(const Planes& planes, int transform);
Planes inverse_transformed(const Planes& planes, int transform);

/// to += weight * from, elementwise. Throws Error if the sizes differ.
void accumulate(Planes& to, const Planes& from, float weight);
/// The same of what of `from` lies in `to` when its upper left pixel is put at (x, y).
void accumulate(Planes& to, const Planes& from, int x, int y, float weight);

}  // namespace imago

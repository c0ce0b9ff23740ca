// Pictures written by rows, so that a large one never exists as a whole.
#pragma once

#include <memory>
#include <span>

#include "models/image/image.h"

namespace imago {

/// How the rows of a picture look in memory: as those of a Raster.
struct RowLayout {
  int width = 0, height = 0;
  int channels = 3;    // colour channels: 1 or 3
  bool alpha = false;  // one sample more, last
  int bits = 8;        // 8, or 16 in the machine's own byte order

  size_t row_samples() const {
    return static_cast<size_t>(width) * static_cast<size_t>(channels + (alpha ? 1 : 0));
  }
  size_t row_bytes() const { return row_samples() * static_cast<size_t>(bits / 8); }
  bool operator==(const RowLayout&) const = default;
};

/// What of `wanted` a format can hold: jpg, webp and bmp have 8 bits, jpg, bmp and ppm no alpha,
/// and a webp is always RGB. `format` as in SaveOptions.
RowLayout stored_layout(const std::string& format, RowLayout wanted);

/// Throws ImageError if the format cannot hold so many pixels a side, and says which can; to be
/// asked before the pixels are computed.
void check_output_size(const std::string& format, int64_t width, int64_t height);

/// One file being written. A jpg is baseline, its colour at full resolution; a webp at quality 100
/// is lossless. Metadata and the label go into png, jpg, webp and tif; bmp and ppm hold none, and a
/// colour profile (ICC) is lost in them. What
/// is broken in the metadata, too large for the format or (a colour profile) of another colour
/// space is left out. What the colours mean is carried where the format has a place for it, else
/// they are converted to sRGB.
class ImageWriter {
 public:
  virtual ~ImageWriter() = default;
  const RowLayout& layout() const { return layout_; }
  /// Whole rows in the layout the writer was opened with, from top to bottom. Throws ImageError,
  /// and Error where the file cannot be written.
  virtual void write_rows(std::span<const std::byte> rows) = 0;
  /// After the last row: the file is complete and in place. Without it, nothing is left of it.
  virtual void finish() = 0;

 protected:
  explicit ImageWriter(const RowLayout& layout) : layout_(layout) {}
  const RowLayout layout_;
};

/// All rows of a picture of the writer's size.
void write_all(const Image& image, ImageWriter& writer);
void write_all(const Raster& raster, ImageWriter& writer);

/// Writes by a thread of its own, so that computing goes on meanwhile. What that thread throws
/// comes out of the next call. At most about `most_bytes` wait to be written.
std::unique_ptr<ImageWriter> in_background(std::unique_ptr<ImageWriter> writer,
                                           size_t most_bytes = size_t{64} << 20);

/// `layout` must be one that stored_layout returns. png, jpg, tif and ppm need memory for a few
/// rows only; webp and bmp keep the bytes until the end. Throws ImageError and Error.
std::unique_ptr<ImageWriter> open_image_writer(const std::filesystem::path& path,
                                               const RowLayout& layout,
                                               const ImageMetadata& metadata,
                                               const SaveOptions& options);

/// A row of floats in [0, 1] as bytes of this layout: clamped, rounded to nearest; grey repeated
/// for RGB. `alpha` may be null: opaque. Where the layout has no alpha, the colours are blended
/// over white. `channels`: of `colour`, 1 or 3. Throws ImageError for a value that is not finite,
/// and names its place in row `y`.
void quantise_row(const float* colour, int channels, const float* alpha, const RowLayout& layout,
                  int y, std::byte* row);

}  // namespace imago

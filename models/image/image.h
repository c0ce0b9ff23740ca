// Pictures in memory and on disk.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "compute/base/error.h"

namespace imago {

/// A picture that cannot be read, written or handled; the message is complete but for the path.
class ImageError : public Error {
 public:
  using Error::Error;
};

/// A file whose content is of none of the formats that Imago reads, whatever its name says.
class UnknownFormat : public ImageError {
 public:
  using ImageError::ImageError;
};

/// What a PNG says of its colours in gAMA, cHRM, sRGB and cICP, where it has them. In the order in
/// which a reader must heed them: cICP, an ICC profile, sRGB, gAMA with cHRM (PNG, third edition,
/// 4.3).
struct ColourChunks {
  std::optional<std::array<uint8_t, 4>> cicp;  // primaries, transfer, matrix, full range: H.273
  std::optional<uint8_t> srgb;                 // rendering intent
  std::optional<uint32_t> gamma;               // 100000 times the exponent, 45455 for 1/2.2
  std::optional<std::array<uint32_t, 8>> chromaticities;  // 100000 times x, y of white, R, G, B

  bool operator==(const ColourChunks&) const = default;
};

/// Pixels per inch.
struct Resolution {
  double x = 0, y = 0;
};

/// EXIF, ICC, XMP and IPTC as found in a file; carried from input to output untouched but for the
/// orientation (already applied to the pixels, so reset to 1), the size tags and the label. The
/// meaning of the colours and the resolution go along in whatever way the output's format has.
struct ImageMetadata {
  std::vector<std::byte> exif = {}, icc = {}, xmp = {}, iptc = {};
  ColourChunks colour = {};
  std::optional<Resolution> resolution = {};
};

/// Interleaved rows, top to bottom, RGB(A) order or grey, values in [0, 1].
struct Image {
  int width = 0, height = 0;
  int channels = 3;           // colour channels: 1 (grey) or 3 (RGB); alpha apart
  int bits = 8;               // 8 or 16: what the file had and what it is written with
  std::vector<float> pixels;  // height * width * channels
  std::vector<float> alpha;   // height * width, or empty: opaque
  ImageMetadata metadata;
  std::string note;  // what a person should be told about the file: that it has more frames…
};

/// The same in bytes, as files have it: a quarter of the memory. Rows top to bottom, interleaved
/// grey or RGB, alpha last.
struct Raster {
  int width = 0, height = 0;
  int channels = 3;    // colour channels: 1 or 3
  bool alpha = false;  // not multiplied into the colours
  int bits = 8;        // 8, or 16 in the machine's own byte order
  std::vector<std::byte> samples;
  ImageMetadata metadata;
  std::string note;  // as of an Image

  size_t pixel_bytes() const {
    return static_cast<size_t>(channels + (alpha ? 1 : 0)) * static_cast<size_t>(bits / 8);
  }
  size_t row_bytes() const { return static_cast<size_t>(width) * pixel_bytes(); }
  std::byte* row(int y) { return samples.data() + static_cast<size_t>(y) * row_bytes(); }
  const std::byte* row(int y) const { return const_cast<Raster*>(this)->row(y); }
};

Image to_image(const Raster& raster);
/// Values are clamped and rounded to nearest.
Raster to_raster(const Image& image);

struct ImageReadOptions {
  int64_t max_pixels = int64_t{1} << 28;  // 268 megapixels; a header that declares more is refused
  /// Of the pages of a TIFF or the frames of an animation, from 1. 0: nobody said, so the first.
  int page = 0;
  int page_taken() const { return page > 0 ? page : 1; }
};

/// What a file's own header declares, read without decoding a pixel.
struct ImageHeader {
  std::string format;  // "png", "jpg", "webp", "tif", "bmp", "ppm", "gif", "heif", "jxl"
  int64_t width = 0, height = 0;
};

/// Reads the header of any format that load_image reads, by content, never by name. Throws
/// UnknownFormat, and ImageError for a malformed header. Never allocates by what the header says.
ImageHeader probe_image(std::span<const std::byte> file);

/// Decodes a file: header probe and limits first, then the pixels; palettes expanded, CMYK
/// converted to RGB, premultiplied alpha divided out, EXIF orientation applied. Of a TIFF with
/// several pages or an animation `options.page`; where nobody said which, `note` says that there
/// are more. Colour profiles are carried, not applied. Throws ImageError, for truncated files too:
/// a picture is whole or refused. (Damage inside the compressed data of an uncompressed format,
/// with the file still whole, can go unnoticed; so can damage to a JPEG that leaves a stream of
/// valid codes behind: these have no checksums.)
Image load_image(const std::filesystem::path& path, const ImageReadOptions& options = {});
Image decode_image(std::span<const std::byte> file, const ImageReadOptions& options = {});
Raster load_raster(const std::filesystem::path& path, const ImageReadOptions& options = {});

/// A picture to be looked over: `image` may be smaller than what is in the file.
struct Preview {
  Image image;
  int width = 0, height = 0;  // of the picture in the file, upright
};

/// As load_image, and refuses all that it refuses, but of a JPEG only a half, a quarter or an
/// eighth is made, several times faster, as long as the longer side of that is still at least
/// `side` ≥ 1.
Preview load_preview(const std::filesystem::path& path, int side,
                     const ImageReadOptions& options = {});

/// How the picture came to be, for the XMP digital source type.
enum class Origin { photograph, composite_with_trained_model, trained_model };

struct SaveOptions {
  // "png", "jpg", "webp", "tif", "bmp", "ppm" or another usual extension of them; empty: from the
  // path. encode_image, which has no path, needs it.
  std::string format = {};
  int quality = 95;  // 1…100, of jpg and webp (webp at 100 is lossless)
  Origin origin = Origin::photograph;
  std::string creator = {};  // xmp:CreatorTool, for example "Imago 0.1.0, srgan_x4"
};

/// Encodes and writes `image` atomically, as writer.h says. Values are clamped and rounded to
/// nearest; one that is not finite is an ImageError. Throws ImageError or Error.
void save_image(const Image& image, const std::filesystem::path& path, const SaveOptions& options);
std::vector<std::byte> encode_image(const Image& image, const SaveOptions& options);
/// As save_image, without ever having the whole picture as floats.
void save_raster(const Raster& raster, const std::filesystem::path& path,
                 const SaveOptions& options);

/// True if the extension is one that load_image reads (for walking folders).
bool has_image_extension(const std::filesystem::path& path);

/// Gives every pixel that is fully transparent the mean of its visible neighbours, from the edge of
/// what is visible outwards, so that nothing depends on the colours that a program happened to
/// leave under the transparency. Black where nothing is visible at all.
void fill_transparent(Raster& raster);
void fill_transparent(Image& image);

/// Resamples a grey plane or RGB, told apart by the number of values (Lanczos up, area down, chosen
/// for each side); clamped to [0, 1]. Throws ImageError.
std::vector<float> resize_plane(const std::vector<float>& plane, int width, int height,
                                int new_width, int new_height);

}  // namespace imago

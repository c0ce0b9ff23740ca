// Pictures in memory and on disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
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

/// EXIF, ICC, XMP and IPTC as found in a file; carried from input to output untouched but for the
/// orientation (already applied to the pixels, so reset to 1), the size tags and the label.
struct ImageMetadata {
  std::vector<std::byte> exif, icc, xmp, iptc;
};

/// Interleaved rows, top to bottom, RGB(A) order or grey, values in [0, 1].
struct Image {
  int width = 0, height = 0;
  int channels = 3;           // colour channels: 1 (grey) or 3 (RGB); alpha apart
  int bits = 8;               // 8 or 16: what the file had and what it is written with
  std::vector<float> pixels;  // height * width * channels
  std::vector<float> alpha;   // height * width, or empty: opaque
  ImageMetadata metadata;
};

struct ImageLimits {
  int64_t max_pixels = int64_t{1} << 28;  // 268 megapixels; a header that declares more is refused
};

/// What a file's own header declares, read without decoding a pixel.
struct ImageHeader {
  std::string format;  // "png", "jpg", "webp", "tif", "bmp", "ppm"
  int64_t width = 0, height = 0;
};

/// Reads the header of png, jpg, webp, tif, bmp, ppm/pgm by content, never by name. Throws
/// UnknownFormat, and ImageError for a malformed header. Never allocates by what the header says.
ImageHeader probe_image(std::span<const std::byte> file);

/// Decodes a file: header probe and limits first, then the pixels; palettes expanded, CMYK
/// converted to RGB, premultiplied alpha divided out, EXIF orientation applied. Of a TIFF the first
/// page. Colour profiles are carried, not applied. Throws ImageError, for truncated files too: a
/// picture is whole or refused. (Damage inside the compressed data of a TIFF, with the file still
/// whole, can go unnoticed: OpenCV keeps libtiff's warnings to itself. So can damage to a JPEG that
/// leaves a stream of valid codes behind: the format has no checksums.)
Image load_image(const std::filesystem::path& path, const ImageLimits& limits = {});
Image decode_image(std::span<const std::byte> file, const ImageLimits& limits = {});

/// A picture to be looked over: `image` may be smaller than what is in the file.
struct Preview {
  Image image;
  int width = 0, height = 0;  // of the picture in the file, upright
};

/// As load_image, and refuses all that it refuses, but of a JPEG only a half, a quarter or an
/// eighth is made, several times faster, as long as the longer side of that is still at least
/// `side` ≥ 1.
Preview load_preview(const std::filesystem::path& path, int side, const ImageLimits& limits = {});

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

/// Encodes and writes `image` atomically. Values are clamped and rounded to nearest; one that is
/// not finite is an ImageError. jpg, bmp and ppm have no alpha: it is blended over white and said
/// nowhere else; jpg, webp and bmp are 8 bit. A jpg is baseline, its colour at full resolution.
/// Grey with alpha, and grey in a webp, is written as RGB. Metadata and the label go into png, jpg,
/// webp and tif; bmp and ppm hold none. Metadata that is broken, too large for the format or (a
/// colour profile) of another colour space is left out. Throws ImageError or Error.
void save_image(const Image& image, const std::filesystem::path& path, const SaveOptions& options);
std::vector<std::byte> encode_image(const Image& image, const SaveOptions& options);

/// True if the extension is one that load_image reads (for walking folders).
bool has_image_extension(const std::filesystem::path& path);

/// Resamples a grey plane or RGB, told apart by the number of values (Lanczos up, area down, chosen
/// for each side); clamped to [0, 1]. For alpha and thumbnails. Throws ImageError.
std::vector<float> resize_plane(const std::vector<float>& plane, int width, int height,
                                int new_width, int new_height);

}  // namespace imago

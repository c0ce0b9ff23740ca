// The readers of the formats. Internal to models/image.
//
// A decoder library is lenient with files cut short. So each format is walked here first, which
// refuses what is not whole, and then decoded by the format's own library or, where there is none,
// by us.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/image/image.h"

namespace imago::formats {

using Bytes = std::span<const std::byte>;

/// Integers out of a file, of either byte order; throws ImageError beyond its end.
class Reader {
 public:
  explicit Reader(Bytes file, bool big_endian = true) : file_(file), big_endian_(big_endian) {}

  size_t size() const { return file_.size(); }
  uint8_t u8(size_t at) const { return static_cast<uint8_t>(bytes(at, 1)[0]); }
  uint16_t u16(size_t at) const { return static_cast<uint16_t>(integer(at, 2)); }
  uint32_t u32(size_t at) const { return integer(at, 4); }
  int32_t i32(size_t at) const { return static_cast<int32_t>(u32(at)); }
  Bytes bytes(size_t at, size_t count) const;
  bool has(size_t at, std::string_view text) const;

 private:
  uint32_t integer(size_t at, int count) const;

  Bytes file_;
  bool big_endian_;
};

/// Throws the ImageError for a file that ends too early; `where` as in "inside its header".
[[noreturn]] void throw_cut_short(const std::string& where);

/// What a decoder makes of a file; the orientation is not yet applied to it.
struct Decoded {
  Raster raster;  // metadata: what only the container tells, the rest comes from read_metadata
  int orientation = 0;  // as in EXIF (1…8) where the container says it; 0: ask the EXIF
  int pages = 1;        // in the file
  const char* pages_are = "frames";  // or "pages"
};

ImageHeader probe_png(Bytes file);
ImageHeader probe_jpg(Bytes file);
ImageHeader probe_webp(Bytes file);
ImageHeader probe_tif(Bytes file);
ImageHeader probe_bmp(Bytes file);
ImageHeader probe_pnm(Bytes file);
ImageHeader probe_gif(Bytes file);

/// Throws the ImageError for a picture that is larger than what can be counted or is allowed. Of a
/// file's first picture decode_raster asks; of others whoever decodes them.
void check_size(const ImageHeader& header, const ImageReadOptions& limits);

/// Each expects a file that its probe accepted, and refuses one that is not whole. `page` is
/// from 1. Throw ImageError and std::bad_alloc.
Decoded decode_png(Bytes file, int page);
Decoded decode_jpg(Bytes file, int divisor);  // of each side: 1, 2, 4 or 8, rounded up
Decoded decode_webp(Bytes file, int page);
Decoded decode_tif(Bytes file, const ImageReadOptions& options);
Decoded decode_bmp(Bytes file);
Decoded decode_gif(Bytes file, int page);

/// AVIF, HEIC and HEIF through libheif, JPEG XL through libjxl. Where a build lacks the library, or
/// the library the coder, an ImageError says so.
bool is_heif(Bytes file);
ImageHeader probe_heif(Bytes file);
Decoded decode_heif(Bytes file, const ImageReadOptions& options);
bool is_jxl(Bytes file);
ImageHeader probe_jxl(Bytes file);
Decoded decode_jxl(Bytes file);

/// Throws the ImageError for a page that is not there.
void require_page(int page, int pages, const char* pages_are);

/// A raster of this kind, all samples 0.
Raster make_raster(int width, int height, int channels, bool alpha, int bits);

/// Of colours that were multiplied by their alpha.
void divide_out_alpha(Raster& raster);

/// Keeps one of three colour channels that are equal.
void drop_colour(Raster& raster);

/// PBM, PGM and PPM, plain and binary, any maximum value. Decoded here, not by OpenCV, which leaves
/// the maximum value unscaled.
Image decode_pnm(Bytes file);

/// load_preview of a file's content; `side` 0: all of it, as decode_image.
Preview decode_preview(Bytes file, int side, const ImageReadOptions& options);
/// load_raster of a file's content.
Raster decode_raster(Bytes file, const ImageReadOptions& options);

/// True for a binary start of P1…P6 (a letter, a digit and white space).
bool is_pnm(Bytes file);

}  // namespace imago::formats

// What the containers say about the pictures in them, found without decoding. Internal to
// models/image.
//
// OpenCV decodes pixels well but is lenient with files cut short and loses facts (grey with alpha,
// premultiplied alpha). So each format has a `check_*` here that walks the container, refuses what
// is not whole, and prepares what the decoder is given: OpenCV, or for JPEG jpg_codec.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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

/// A whole file, and what the pixels that the decoder makes of it need afterwards.
struct Checked {
  std::vector<std::byte> stream;  // what the decoder is given: the file, or a cleaned copy of it
  bool grey = false;              // colour channels are equal by definition: keep one
  bool opaque = false;            // a fourth channel is not alpha: drop it
  bool premultiplied = false;     // colours are multiplied by alpha
  bool inverted = false;          // 0 is white
  std::optional<uint16_t> transparent_grey;  // this sample means transparent, all others opaque
  int orientation = 0;  // as in EXIF (1…8) where the container itself says it; 0: ask the EXIF
};

ImageHeader probe_png(Bytes file);
ImageHeader probe_jpg(Bytes file);
ImageHeader probe_webp(Bytes file);
ImageHeader probe_tif(Bytes file);
ImageHeader probe_bmp(Bytes file);
ImageHeader probe_pnm(Bytes file);

/// Each expects a file that its probe accepted; throws ImageError.
Checked check_png(Bytes file);
Checked check_jpg(Bytes file);
Checked check_webp(Bytes file);
Checked check_tif(Bytes file);
Checked check_bmp(Bytes file);

/// A WebP with this metadata (each may be empty) in place of what it had.
std::vector<std::byte> add_webp_metadata(Bytes file, Bytes exif, Bytes icc, Bytes xmp);

/// PBM, PGM and PPM, plain and binary, any maximum value. Decoded here, not by OpenCV, which leaves
/// the maximum value unscaled.
Image decode_pnm(Bytes file);

/// load_preview of a file's content; `side` 0: all of it, as decode_image.
Preview decode_preview(Bytes file, int side, const ImageLimits& limits);

/// True for a binary start of P1…P6 (a letter, a digit and white space).
bool is_pnm(Bytes file);

}  // namespace imago::formats

// PNG, third edition (W3C, 2003/2025).
#include <zlib.h>

#include <cctype>

#include "models/image/formats.h"

namespace imago::formats {
namespace {

constexpr size_t kSignatureSize = 8;
enum ColourType { kGrey = 0, kRgb = 2, kPalette = 3, kGreyAlpha = 4, kRgba = 6 };

struct Chunk {
  std::string type;
  size_t at = 0;  // of its length field
  uint32_t size = 0;

  size_t data_at() const { return at + 8; }
  size_t end() const { return at + 12 + size_t{size}; }
  /// Chunks whose type starts with a capital letter are needed to show the picture.
  bool critical() const { return type[0] >= 'A' && type[0] <= 'Z'; }
};

Chunk chunk_at(const Reader& file, size_t at) {
  Chunk chunk{"", at, file.u32(at)};
  for (const std::byte letter : file.bytes(at + 4, 4)) {
    chunk.type += static_cast<char>(letter);
    if (!std::isalpha(static_cast<unsigned char>(letter))) {
      throw ImageError("the PNG is damaged at byte " + std::to_string(at) + ": no chunk there");
    }
  }
  return chunk;
}

bool checksum_right(const Reader& file, const Chunk& chunk) {
  const Bytes content = file.bytes(chunk.at + 4, size_t{chunk.size} + 4);
  const auto* data = reinterpret_cast<const Bytef*>(content.data());
  return crc32_z(crc32_z(0, nullptr, 0), data, content.size()) == file.u32(chunk.end() - 4);
}

/// IHDR and PLTE rules that libpng would otherwise report on stderr.
void check_header(const Reader& file, const Chunk& ihdr) {
  const int bits = file.u8(ihdr.data_at() + 8), type = file.u8(ihdr.data_at() + 9);
  const bool small = bits == 1 || bits == 2 || bits == 4;
  const bool known = type == kGrey      ? small || bits == 8 || bits == 16
                     : type == kPalette ? small || bits == 8
                                        : bits == 8 || bits == 16;
  if ((type != kGrey && type != kRgb && type != kPalette && type != kGreyAlpha && type != kRgba) ||
      !known || file.u8(ihdr.data_at() + 10) != 0 || file.u8(ihdr.data_at() + 11) != 0 ||
      file.u8(ihdr.data_at() + 12) > 1) {
    throw ImageError("the PNG header is damaged: no such colour type (" + std::to_string(type) +
                     ", " + std::to_string(bits) + " bits)");
  }
}

/// The grey sample that tRNS declares transparent, as OpenCV will decode it. (OpenCV knows tRNS for
/// palettes and RGB only.)
uint16_t transparent_grey(const Reader& file, const Chunk& trns, int bits) {
  const int sample = file.u16(trns.data_at()) & ((1 << bits) - 1);
  return static_cast<uint16_t>(bits >= 8 ? sample : sample * 255 / ((1 << bits) - 1));
}

}  // namespace

ImageHeader probe_png(Bytes bytes) {
  const Reader file(bytes);
  const Chunk ihdr = chunk_at(file, kSignatureSize);
  if (ihdr.type != "IHDR" || ihdr.size != 13) throw ImageError("the PNG has no header");
  const uint32_t width = file.u32(ihdr.data_at()), height = file.u32(ihdr.data_at() + 4);
  if (width > INT32_MAX || height > INT32_MAX) throw ImageError("the PNG header is damaged");
  return {"png", width, height};
}

Checked check_png(Bytes bytes) {
  const Reader file(bytes);
  Checked checked;
  const auto keep = [&](size_t at, size_t size) {
    const Bytes part = file.bytes(at, size);
    checked.stream.insert(checked.stream.end(), part.begin(), part.end());
  };
  keep(0, kSignatureSize);
  const Chunk ihdr = chunk_at(file, kSignatureSize);
  check_header(file, ihdr);
  const int bits = file.u8(ihdr.data_at() + 8), type = file.u8(ihdr.data_at() + 9);
  checked.grey = type == kGrey || type == kGreyAlpha;
  bool palette = false, data = false;

  // Only what makes the pixels is handed on: libpng comments on the rest (broken colour profiles,
  // text…) on the user's terminal.
  for (Chunk chunk = ihdr;; chunk = chunk_at(file, chunk.end())) {
    file.bytes(chunk.at, chunk.end() - chunk.at);
    if (!chunk.critical() && chunk.type != "tRNS") continue;
    if (!checksum_right(file, chunk)) {
      throw ImageError("the PNG is damaged: the checksum of its " + chunk.type + " chunk at byte " +
                       std::to_string(chunk.at) + " is wrong");
    }
    if (chunk.type == "PLTE") {
      if (chunk.size == 0 || chunk.size > 768 || chunk.size % 3 != 0 || palette || data) {
        throw ImageError("the PNG is damaged: its palette is malformed");
      }
      palette = true;
      if (checked.grey) continue;
    } else if (chunk.type == "tRNS") {
      if (type == kGrey && chunk.size == 2) {
        checked.transparent_grey = transparent_grey(file, chunk, bits);
      }
      const bool usable = (type == kRgb && chunk.size == 6) ||
                          (type == kPalette && palette && chunk.size >= 1 && chunk.size <= 256);
      if (!usable || data) continue;
    } else if (chunk.type == "IDAT") {
      data = true;
    } else if (chunk.type != "IHDR" && chunk.type != "IEND") {
      throw ImageError("the PNG needs the unknown chunk " + chunk.type + " to be shown");
    } else if (chunk.type == "IHDR" && chunk.at != kSignatureSize) {
      throw ImageError("the PNG is damaged: it has two headers");
    }
    keep(chunk.at, chunk.end() - chunk.at);
    if (chunk.type == "IEND") break;
  }
  if (!data) throw ImageError("the PNG holds no pixels");
  if (type == kPalette && !palette) throw ImageError("the PNG is damaged: its palette is missing");
  return checked;
}

}  // namespace imago::formats

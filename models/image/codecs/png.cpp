// PNG, third edition (W3C, 2003/2025).
#include <zlib.h>

#include <cctype>

#include "models/image/codecs/png_chunks.h"

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

/// What IHDR may say.
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

/// The data of a chunk.
Bytes content_of(const Reader& file, const Chunk& chunk) {
  return file.bytes(chunk.data_at(), chunk.size);
}

void read_colour(const Reader& file, const Chunk& chunk, PngFacts& facts) {
  const size_t at = chunk.data_at();
  if (chunk.type == "gAMA" && chunk.size == 4 && file.u32(at) > 0) {
    facts.colour.gamma = file.u32(at);
  } else if (chunk.type == "sRGB" && chunk.size == 1 && file.u8(at) <= 3) {
    facts.colour.srgb = file.u8(at);
  } else if (chunk.type == "cICP" && chunk.size == 4) {
    facts.colour.cicp = {file.u8(at), file.u8(at + 1), file.u8(at + 2), file.u8(at + 3)};
  } else if (chunk.type == "cHRM" && chunk.size == 32) {
    auto& points = facts.colour.chromaticities.emplace();
    for (size_t i = 0; i < 8; ++i) points[i] = file.u32(at + 4 * i);
  } else if (chunk.type == "pHYs" && chunk.size == 9 && file.u8(at + 8) == 1) {
    constexpr double kInch = 0.0254;  // metres
    if (file.u32(at) > 0 && file.u32(at + 4) > 0)
      facts.resolution = Resolution{file.u32(at) * kInch, file.u32(at + 4) * kInch};
  }
}

/// Chunks of an animation. Where one is damaged there is none: the picture stands alone. Returns
/// whether there still is one.
bool read_animation(const Reader& file, const Chunk& chunk, bool data, PngFacts& facts) {
  const size_t at = chunk.data_at();
  if (chunk.type == "fcTL" && chunk.size == 26) {
    PngFrame frame{file.u32(at + 12),
                   file.u32(at + 16),
                   file.u32(at + 4),
                   file.u32(at + 8),
                   file.u8(at + 24),
                   file.u8(at + 25),
                   {}};
    const auto width = static_cast<uint64_t>(facts.width), height = uint64_t(facts.height);
    if (frame.width == 0 || frame.height == 0 || uint64_t{frame.x} + frame.width > width ||
        uint64_t{frame.y} + frame.height > height || frame.dispose > 2 || frame.blend > 1) {
      facts.frames.clear(), facts.first_is_frame = false;
      return false;
    }
    if (!data) facts.first_is_frame = true;
    facts.frames.push_back(std::move(frame));
  } else if (chunk.type == "fdAT" && chunk.size > 4 && !facts.frames.empty()) {
    facts.frames.back().data.push_back(file.bytes(at + 4, chunk.size - 4));
  }
  return true;
}

void append(std::vector<std::byte>& out, Bytes part) {
  out.insert(out.end(), part.begin(), part.end());
}

void append_u32(std::vector<std::byte>& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8)
    out.push_back(static_cast<std::byte>(value >> shift));
}

void append_chunk(std::vector<std::byte>& out, std::string_view type, Bytes content) {
  append_u32(out, static_cast<uint32_t>(content.size()));
  const size_t start = out.size();
  append(out, std::as_bytes(std::span(type)));
  append(out, content);
  append_u32(
      out, static_cast<uint32_t>(crc32_z(
               crc32_z(0, nullptr, 0), reinterpret_cast<Bytef*>(&out[start]), out.size() - start)));
}

/// How many bytes of pixels a picture of this size expands to must be able to come out of what the
/// file holds: deflate makes at most 1032 of one.
void check_data_size(const PngFacts& facts, uint64_t compressed) {
  const int samples[] = {1, 0, 3, 1, 2, 0, 4};
  const uint64_t bits = uint64_t(facts.width) * static_cast<uint64_t>(facts.bits) *
                        static_cast<uint64_t>(samples[facts.colour_type]);
  if ((bits + 7) / 8 * static_cast<uint64_t>(facts.height) > 1040 * compressed)
    throw ImageError("the PNG is damaged: it holds too little data for its size");
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

PngFacts read_png_chunks(Bytes bytes) {
  const Reader file(bytes);
  const Chunk ihdr = chunk_at(file, kSignatureSize);
  check_header(file, ihdr);
  PngFacts facts;
  facts.width = file.i32(ihdr.data_at());
  facts.height = file.i32(ihdr.data_at() + 4);
  facts.bits = file.u8(ihdr.data_at() + 8);
  facts.colour_type = file.u8(ihdr.data_at() + 9);
  uint64_t data = 0;
  bool animated = false;
  for (Chunk chunk = ihdr;; chunk = chunk_at(file, chunk.end())) {
    file.bytes(chunk.at, chunk.end() - chunk.at);
    const bool sound = checksum_right(file, chunk);
    if (!sound && (chunk.critical() || chunk.type == "tRNS")) {
      throw ImageError("the PNG is damaged: the checksum of its " + chunk.type + " chunk at byte " +
                       std::to_string(chunk.at) + " is wrong");
    }
    if (chunk.type == "PLTE") {
      if (chunk.size == 0 || chunk.size > 768 || chunk.size % 3 != 0 || !facts.palette.empty() ||
          data > 0) {
        throw ImageError("the PNG is damaged: its palette is malformed");
      }
      facts.palette = content_of(file, chunk);
    } else if (chunk.type == "tRNS") {
      if (data == 0) facts.transparency = content_of(file, chunk);
    } else if (chunk.type == "IDAT") {
      data += chunk.size;
      if (facts.first_is_frame) facts.frames[0].data.push_back(content_of(file, chunk));
    } else if (chunk.type == "IHDR") {
      if (chunk.at != kSignatureSize) throw ImageError("the PNG is damaged: it has two headers");
      facts.header = content_of(file, chunk);
    } else if (chunk.critical() && chunk.type != "IEND") {
      throw ImageError("the PNG needs the unknown chunk " + chunk.type + " to be shown");
    } else if (sound && chunk.type == "acTL" && data == 0) {
      animated = true;
    } else if (sound && animated) {
      animated = read_animation(file, chunk, data > 0, facts);
    }
    if (sound && data == 0) read_colour(file, chunk, facts);
    if (chunk.type == "IEND") break;
  }
  if (data == 0) throw ImageError("the PNG holds no pixels");
  if (facts.colour_type == kPalette && facts.palette.empty())
    throw ImageError("the PNG is damaged: its palette is missing");
  check_data_size(facts, data);
  return facts;
}

int PngFacts::pages() const {
  return std::max<int>(1, static_cast<int>(frames.size()) + (first_is_frame ? 0 : 1));
}

std::vector<std::byte> png_of_frame(const PngFacts& facts, const PngFrame& frame) {
  std::vector<std::byte> file, header;
  append(file, std::as_bytes(std::span(std::string_view("\x89PNG\r\n\x1a\n"))));
  append_u32(header, frame.width);
  append_u32(header, frame.height);
  append(header, facts.header.subspan(8));
  append_chunk(file, "IHDR", header);
  if (!facts.palette.empty()) append_chunk(file, "PLTE", facts.palette);
  if (!facts.transparency.empty()) append_chunk(file, "tRNS", facts.transparency);
  for (const Bytes piece : frame.data) append_chunk(file, "IDAT", piece);
  append_chunk(file, "IEND", {});
  return file;
}

}  // namespace imago::formats

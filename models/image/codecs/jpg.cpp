// JPEG: ISO/IEC 10918-1 annex B, and the Adobe marker of 10918-6.
#include "models/image/codecs/jpg_codec.h"

namespace imago::formats {
namespace {

enum Marker : uint8_t {
  kTem = 0x01,
  kSof0 = 0xC0,
  kDht = 0xC4,
  kJpg = 0xC8,
  kDac = 0xCC,
  kRst0 = 0xD0,
  kRst7 = 0xD7,
  kEoi = 0xD9,
  kSos = 0xDA,
  kDqt = 0xDB,
  kDri = 0xDD,
  kApp0 = 0xE0,
  kApp14 = 0xEE,
  kApp15 = 0xEF,
  kComment = 0xFE,
};

// A progressive picture has about ten. Each takes a few bytes and a pass over all of the picture.
constexpr int kMaxScans = 500;

bool is_frame(uint8_t marker) {
  return marker >= kSof0 && marker <= 0xCF && marker != kDht && marker != kJpg && marker != kDac;
}

bool stands_alone(uint8_t marker) { return marker == kTem || (marker >= kRst0 && marker <= kRst7); }

struct Segment {
  uint8_t marker = 0;
  size_t at = 0;   // of the 0xFF right before the marker
  size_t end = 0;  // one past its last byte
};

Segment segment_at(const Reader& file, size_t at) {
  if (file.u8(at) != 0xFF) {
    throw ImageError("the JPEG is damaged at byte " + std::to_string(at) + ": no marker there");
  }
  while (file.u8(at + 1) == 0xFF) ++at;  // fill bytes
  Segment segment{file.u8(at + 1), at, at + 2};
  if (segment.marker == kEoi || stands_alone(segment.marker)) return segment;
  const uint16_t size = file.u16(at + 2);
  if (size < 2 || segment.marker == 0) {
    throw ImageError("the JPEG is damaged at byte " + std::to_string(at) + ": malformed segment");
  }
  segment.end = at + 2 + size;
  file.bytes(at, segment.end - at);
  return segment;
}

/// One past the compressed data that starts at `at`: where the next marker begins.
size_t end_of_scan(const Reader& file, size_t at) {
  while (true) {
    if (file.u8(at) == 0xFF) {
      const uint8_t next = file.u8(at + 1);
      if (next != 0x00 && next != 0xFF && !(next >= kRst0 && next <= kRst7)) return at;
    }
    ++at;
  }
}

Segment find_frame(const Reader& file) {
  for (size_t at = 2;;) {
    const Segment segment = segment_at(file, at);
    if (is_frame(segment.marker)) {
      if (segment.end - segment.at < 13) throw ImageError("the JPEG header is damaged");
      return segment;
    }
    if (segment.marker == kEoi || segment.marker == kSos) {
      throw ImageError("the JPEG is damaged: it has no frame header");
    }
    at = segment.end;
  }
}

void check_frame(const Reader& file, const Segment& frame) {
  const int bits = file.u8(frame.at + 4), components = file.u8(frame.at + 9);
  if (frame.marker != 0xC0 && frame.marker != 0xC1 && frame.marker != 0xC2) {
    throw ImageError(
        "this kind of JPEG (lossless, hierarchical or arithmetic coded) is not "
        "supported; convert it to PNG");
  }
  if (bits != 8) {
    throw ImageError("a JPEG of " + std::to_string(bits) + " bits is not supported; convert it");
  }
  if (components != 1 && components != 3 && components != 4) {
    throw ImageError("a JPEG of " + std::to_string(components) + " channels is not supported");
  }
  if (frame.end - frame.at != size_t{10} + 3 * size_t(components)) {
    throw ImageError("the JPEG header is damaged");
  }
}

/// JFIF 1.02, APP0: units 1 are dots per inch, 2 per centimetre, 0 an aspect ratio.
std::optional<Resolution> jfif_resolution(const Reader& file, const Segment& segment) {
  if (segment.end - segment.at < 16 || !file.has(segment.at + 4, std::string_view("JFIF\0", 5)))
    return std::nullopt;
  const int unit = file.u8(segment.at + 11);
  const double inch = unit == 1 ? 1 : unit == 2 ? 2.54 : 0;
  const Resolution found{inch * file.u16(segment.at + 12), inch * file.u16(segment.at + 14)};
  if (found.x <= 0 || found.y <= 0) return std::nullopt;
  return found;
}

/// Without thumbnails, metadata and whatever follows the picture: their faults are no reason to
/// refuse it.
std::vector<std::byte> cleaned(Bytes bytes, std::optional<Resolution>& resolution) {
  const Reader file(bytes);
  const Segment frame = find_frame(file);
  check_frame(file, frame);
  std::vector<std::byte> stream;
  const auto keep = [&](size_t at, size_t end) {
    const Bytes part = file.bytes(at, end - at);
    stream.insert(stream.end(), part.begin(), part.end());
  };
  keep(0, 2);

  bool adobe = false;
  int scans = 0;
  for (size_t at = 2;;) {
    const Segment segment = segment_at(file, at);
    at = segment.end;
    if (is_frame(segment.marker) && segment.at != frame.at) {
      throw ImageError("the JPEG is damaged: it has two frame headers");
    }
    if (segment.marker == kApp0 && !resolution) resolution = jfif_resolution(file, segment);
    adobe |= segment.marker == kApp14 && file.has(segment.at + 4, "Adobe");
    if (segment.marker == kSos) {
      at = end_of_scan(file, segment.end);
      if (++scans > kMaxScans) {
        throw ImageError("the JPEG has more than " + std::to_string(kMaxScans) +
                         " scans, which no camera or editor writes: it is not decoded");
      }
    }
    const bool idle =
        segment.marker == kComment || stands_alone(segment.marker) ||
        (segment.marker > kApp0 && segment.marker <= kApp15 && segment.marker != kApp14);
    if (!idle) keep(segment.at, at);
    if (segment.marker == kEoi) break;
  }
  if (scans == 0) throw ImageError("the JPEG holds no pixels");
  // Adobe stores CMYK inverted; no telling without its mark.
  if (file.u8(frame.at + 9) == 4 && !adobe) {
    throw ImageError("a CMYK JPEG without Adobe's marker is not supported; convert it to RGB");
  }
  return stream;
}

}  // namespace

ImageHeader probe_jpg(Bytes bytes) {
  const Reader file(bytes);
  const Segment frame = find_frame(file);
  return {"jpg", file.u16(frame.at + 7), file.u16(frame.at + 5)};
}

Decoded decode_jpg(Bytes bytes, int divisor) {
  Decoded decoded;
  std::optional<Resolution> resolution;
  const std::vector<std::byte> stream = cleaned(bytes, resolution);
  decoded.raster = decode_jpg_pixels(stream, divisor);
  decoded.raster.metadata.resolution = resolution;
  return decoded;
}

}  // namespace imago::formats

// Windows and OS/2 bitmaps of every header: BITMAPCOREHEADER, OS/2 2, BITMAPINFOHEADER with or
// without masks, V4 and V5.
#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>

#include "models/image/codecs/formats.h"

namespace imago::formats {
namespace {

constexpr size_t kInfo = 14;  // where the information header starts
enum Compression : uint32_t {
  kPlain = 0,
  kRle8 = 1,
  kRle4 = 2,
  kBitFields = 3,
  kRle24 = 4,  // of OS/2; in a Windows header it means a JPEG
  kAlphaBitFields = 6,
};

struct Mask {
  uint32_t mask = 0;

  uint8_t of(uint32_t pixel) const {
    if (mask == 0) return 0;
    const uint64_t maximum = mask >> std::countr_zero(mask);
    const uint64_t value = (pixel & mask) >> std::countr_zero(mask);
    return static_cast<uint8_t>((value * 255 + maximum / 2) / maximum);
  }
};

struct Bmp {
  bool core = false, os2 = false, top_down = false;
  int64_t width = 0, height = 0;
  int bits = 0;
  uint32_t compression = kPlain;
  size_t start = 0, size = 0;  // of the pixels; size 0: not said
  size_t palette = 0;          // where it stands
  std::array<Mask, 4> masks;   // red, green, blue, alpha

  size_t stride() const { return (static_cast<size_t>(width) * size_t(bits) + 31) / 32 * 4; }
  bool packed() const {
    return compression == kRle8 || compression == kRle4 || compression == kRle24;
  }
  bool indexed() const { return bits <= 8; }
};

Bmp read_header(Bytes bytes) {
  const Reader file(bytes, false);
  const uint32_t info = file.u32(kInfo);
  if (info != 12 && info != 16 && (info < 40 || info > 124))
    throw ImageError("the BMP header is damaged");
  file.bytes(kInfo, info);
  Bmp bmp;
  bmp.core = info == 12;
  bmp.os2 = info == 16 || info == 64;
  bmp.width = bmp.core ? file.u16(kInfo + 4) : file.i32(kInfo + 4);
  bmp.height = bmp.core ? file.u16(kInfo + 6) : file.i32(kInfo + 8);
  bmp.top_down = bmp.height < 0;
  bmp.height = std::abs(bmp.height);
  return bmp;
}

void read_masks(const Reader& file, uint32_t info, Bmp& bmp) {
  const bool fields = bmp.compression == kBitFields || bmp.compression == kAlphaBitFields;
  if (!fields) {
    if (bmp.bits == 16) bmp.masks = {{{0x7C00}, {0x03E0}, {0x001F}, {0}}};
    if (bmp.bits == 32) bmp.masks = {{{0xFF0000}, {0xFF00}, {0xFF}, {0}}};
    return;
  }
  // Later headers have the masks inside, the first one right behind it.
  const size_t count = info >= 56 || bmp.compression == kAlphaBitFields ? 4 : 3;
  for (size_t i = 0; i < count; ++i) bmp.masks[i].mask = file.u32(kInfo + 40 + 4 * i);
  if (info == 40) bmp.palette += 4 * count;
}

Bmp read_all(Bytes bytes) {
  const Reader file(bytes, false);
  const uint32_t info = file.u32(kInfo);
  Bmp bmp = read_header(bytes);
  bmp.bits = file.u16(bmp.core ? kInfo + 10 : kInfo + 14);
  if (info >= 40) {
    bmp.compression = file.u32(kInfo + 16);
    bmp.size = file.u32(kInfo + 20);
  }
  bmp.start = file.u32(10);
  bmp.palette = kInfo + info;
  const int bits = bmp.bits;
  const bool indexed = bits == 1 || bits == 2 || bits == 4 || bits == 8;
  const bool masked = bits == 16 || bits == 32;
  bool known = false;
  switch (bmp.compression) {
    case kPlain:
      known = indexed || bits == 24 || masked;
      break;
    case kRle8:
      known = bits == 8;
      break;
    case kRle4:
      known = bits == 4;
      break;
    case kBitFields:
    case kAlphaBitFields:
      known = masked && !bmp.os2;
      break;
    case kRle24:
      known = bits == 24 && bmp.os2;
      break;
  }
  if (!known || (bmp.packed() && bmp.top_down)) {
    throw ImageError("this kind of BMP (" + std::to_string(bits) + " bits, compression " +
                     std::to_string(bmp.compression) + ") is not supported; convert it to PNG");
  }
  read_masks(file, info, bmp);
  if (bmp.start < bmp.palette) throw ImageError("the BMP header is damaged");
  if (!bmp.packed()) bmp.size = bmp.stride() * static_cast<size_t>(bmp.height);
  if (bmp.start > bytes.size() || bmp.size > bytes.size() - bmp.start)
    throw_cut_short("inside its pixels");
  return bmp;
}

/// 256 colours, black beyond those in the file.
std::vector<uint8_t> read_palette(const Reader& file, const Bmp& bmp) {
  std::vector<uint8_t> colours(3 * 256);
  const size_t entry = bmp.core ? 3 : 4;
  size_t count = size_t{1} << bmp.bits;
  if (file.u32(kInfo) >= 40 && file.u32(kInfo + 32) > 0)
    count = std::min<size_t>(count, file.u32(kInfo + 32));
  count = std::min(count, (bmp.start - bmp.palette) / entry);
  for (size_t i = 0; i < count; ++i)
    for (size_t c = 0; c < 3; ++c)  // stored as blue, green, red
      colours[3 * i + c] = file.u8(bmp.palette + i * entry + 2 - c);
  return colours;
}

bool all_grey(const std::vector<uint8_t>& colours) {
  for (size_t i = 0; i < colours.size(); i += 3)
    if (colours[i] != colours[i + 1] || colours[i] != colours[i + 2]) return false;
  return true;
}

/// Runs of one value and stretches of several, with marks for the ends of rows and of the picture.
/// What runs beyond a row is ignored; what is not set stays as it is.
class Runs {
 public:
  Runs(Bytes data, const Bmp& bmp, Raster& raster, const std::vector<uint8_t>& colours)
      : data_(data), bmp_(bmp), raster_(raster), colours_(colours) {}

  /// False if the data ended before the picture did.
  bool draw() {
    while (at_ + 2 <= data_.size()) {
      const int count = next(), value = next();
      if (count > 0) {
        --at_;
        if (!run(count)) return false;
      } else if (value == 0) {
        x_ = 0, ++y_;
      } else if (value == 1) {
        return true;
      } else if (value == 2) {
        if (at_ + 2 > data_.size()) return false;
        x_ += next(), y_ += next();
      } else if (!stretch(value)) {
        return false;
      }
    }
    return false;
  }

 private:
  uint8_t next() { return std::to_integer<uint8_t>(data_[at_++]); }

  /// Bytes that hold so many values.
  size_t size_of(int values) const {
    return (static_cast<size_t>(values) * static_cast<size_t>(bmp_.bits) + 7) / 8;
  }

  void set(const uint8_t* rgb) {
    if (x_ < bmp_.width && y_ < bmp_.height)
      for (size_t c = 0; c < 3; ++c)
        raster_.row(static_cast<int>(bmp_.height - 1 - y_))[3 * x_ + static_cast<int64_t>(c)] =
            static_cast<std::byte>(rgb[c]);
    ++x_;
  }

  /// Value `i` of those that start at `at`.
  void set_value(size_t at, int i) {
    if (bmp_.bits == 24) {
      const size_t pixel = at + 3 * static_cast<size_t>(i);
      const uint8_t rgb[] = {std::to_integer<uint8_t>(data_[pixel + 2]),
                             std::to_integer<uint8_t>(data_[pixel + 1]),
                             std::to_integer<uint8_t>(data_[pixel])};
      return set(rgb);
    }
    size_t index = std::to_integer<size_t>(data_[at + size_of(i + 1) - 1]);
    if (bmp_.bits == 4) index = i % 2 == 0 ? index >> 4 : index & 15;
    set(&colours_[3 * index]);
  }

  bool run(int count) {
    const size_t size = bmp_.bits == 24 ? 3 : 1;
    if (at_ + size > data_.size()) return false;
    for (int i = 0; i < count; ++i) set_value(at_, bmp_.bits == 4 ? i % 2 : 0);
    at_ += size;
    return true;
  }

  bool stretch(int count) {
    const size_t size = size_of(count);
    if (at_ + size > data_.size()) return false;
    for (int i = 0; i < count; ++i) set_value(at_, i);
    at_ += (size + 1) / 2 * 2;
    return true;
  }

  Bytes data_;
  const Bmp& bmp_;
  Raster& raster_;
  const std::vector<uint8_t>& colours_;
  size_t at_ = 0;
  int64_t x_ = 0, y_ = 0;
};

void read_row(const Reader& file, size_t at, const Bmp& bmp, const std::vector<uint8_t>& colours,
              bool alpha, std::byte* to) {
  for (size_t x = 0; x < static_cast<size_t>(bmp.width); ++x) {
    if (bmp.indexed()) {
      const size_t bit = x * static_cast<size_t>(bmp.bits);
      const int shift = 8 - bmp.bits - static_cast<int>(bit % 8);
      const int index = file.u8(at + bit / 8) >> shift & ((1 << bmp.bits) - 1);
      for (int c = 0; c < 3; ++c) *to++ = static_cast<std::byte>(colours[size_t(3 * index + c)]);
    } else if (bmp.bits == 24) {
      for (size_t c = 0; c < 3; ++c) *to++ = static_cast<std::byte>(file.u8(at + 3 * x + 2 - c));
    } else {
      const uint32_t pixel = bmp.bits == 16 ? file.u16(at + 2 * x) : file.u32(at + 4 * x);
      for (size_t c = 0; c < (alpha ? 4 : 3); ++c)
        *to++ = static_cast<std::byte>(bmp.masks[c].of(pixel));
    }
  }
}

/// Programs that know no alpha leave zeros there, and mean opaque.
void drop_empty_alpha(Raster& raster) {
  for (size_t i = 3; i < raster.samples.size(); i += 4)
    if (raster.samples[i] != std::byte{0}) return;
  Raster opaque = make_raster(raster.width, raster.height, 3, false, 8);
  for (size_t i = 0; 3 * i < opaque.samples.size(); ++i)
    std::copy_n(&raster.samples[4 * i], 3, &opaque.samples[3 * i]);
  raster = std::move(opaque);
}

/// Resolution and, of a V5 header, the colour profile.
void read_metadata_of(const Reader& file, Raster& raster) {
  constexpr uint32_t kEmbedded = 0x4D424544;  // "MBED"
  const uint32_t info = file.u32(kInfo);
  if (info < 40 || info == 64) return;
  const int32_t x = file.i32(kInfo + 24), y = file.i32(kInfo + 28);
  if (x > 0 && y > 0) raster.metadata.resolution = Resolution{x * 0.0254, y * 0.0254};
  if (info < 124 || file.u32(kInfo + 56) != kEmbedded) return;
  const size_t at = kInfo + size_t{file.u32(kInfo + 112)}, size = file.u32(kInfo + 116);
  if (at > file.size() || size > file.size() - at) return;
  const Bytes profile = file.bytes(at, size);
  raster.metadata.icc.assign(profile.begin(), profile.end());
}

}  // namespace

ImageHeader probe_bmp(Bytes bytes) {
  const Bmp bmp = read_header(bytes);
  return {"bmp", bmp.width, bmp.height};
}

Decoded decode_bmp(Bytes bytes) {
  const Reader file(bytes, false);
  const Bmp bmp = read_all(bytes);
  const bool alpha = bmp.masks[3].mask != 0;
  const std::vector<uint8_t> colours =
      bmp.indexed() ? read_palette(file, bmp) : std::vector<uint8_t>();
  Decoded decoded;
  Raster& raster = decoded.raster =
      make_raster(static_cast<int>(bmp.width), static_cast<int>(bmp.height), 3, alpha, 8);
  if (bmp.packed()) {
    if (bmp.indexed())
      for (size_t i = 0; i < raster.samples.size(); ++i)
        raster.samples[i] = static_cast<std::byte>(colours[i % 3]);
    const Bytes rest = bytes.subspan(bmp.start);
    const Bytes data = bmp.size > 0 ? rest.first(bmp.size) : rest;
    if (!Runs(data, bmp, raster, colours).draw() && bmp.size == 0)
      throw_cut_short("inside its pixels");
  } else {
    for (int y = 0; y < raster.height; ++y) {
      const int row = bmp.top_down ? y : raster.height - 1 - y;
      read_row(file, bmp.start + static_cast<size_t>(y) * bmp.stride(), bmp, colours, alpha,
               raster.row(row));
    }
  }
  if (alpha) drop_empty_alpha(raster);
  if (bmp.indexed() && all_grey(colours)) drop_colour(raster);
  read_metadata_of(file, raster);
  return decoded;
}

}  // namespace imago::formats

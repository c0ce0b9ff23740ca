// TIFF 6.0: the first picture of a file; further pages are not read.
#include <algorithm>

#include "models/image/formats.h"

namespace imago::formats {
namespace {

enum Tag : uint16_t {
  kWidth = 256,
  kHeight = 257,
  kBits = 258,
  kPhotometric = 262,
  kStripOffsets = 273,
  kOrientation = 274,
  kSamples = 277,
  kRowsPerStrip = 278,
  kStripSizes = 279,
  kPlanar = 284,
  kTileWidth = 322,
  kTileHeight = 323,
  kTileOffsets = 324,
  kTileSizes = 325,
  kExtraSamples = 338,
  kSampleFormat = 339,
};
enum Photometric { kWhiteIsZero, kBlackIsZero, kRgb, kPalette, kMask, kCmyk, kYcbcr };
enum FieldType : uint16_t { kByte = 1, kShort = 3, kLong = 4 };

struct Field {
  uint16_t tag = 0, type = 0;
  uint32_t count = 0;
  size_t at = 0;  // where its values stand
};

class Directory {
 public:
  Directory(const Reader& file, size_t at) : file_(file) {
    const uint16_t count = file.u16(at);
    file.bytes(at + 2, size_t{count} * 12 + 4);  // the last four: where the next page is
    for (uint16_t i = 0; i < count; ++i) read_field(at + 2 + size_t{i} * 12);
  }

  const Field* find(Tag tag) const {
    const auto found = std::find_if(fields_.begin(), fields_.end(),
                                    [tag](const Field& field) { return field.tag == tag; });
    return found == fields_.end() ? nullptr : &*found;
  }

  uint32_t count(Tag tag) const { return find(tag) ? find(tag)->count : 0; }

  uint32_t value(Tag tag, uint32_t fallback, uint32_t index = 0) const {
    const Field* field = find(tag);
    if (!field) return fallback;
    if (index >= field->count) throw ImageError("the TIFF is damaged: a list in it is too short");
    switch (field->type) {
      case kByte:
        return file_.u8(field->at + index);
      case kShort:
        return file_.u16(field->at + size_t{index} * 2);
      case kLong:
        return file_.u32(field->at + size_t{index} * 4);
      default:
        throw ImageError("the TIFF is damaged: tag " + std::to_string(tag) +
                         " has an unexpected type");
    }
  }

 private:
  void read_field(size_t at) {
    constexpr size_t kSizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
    Field field{file_.u16(at), file_.u16(at + 2), file_.u32(at + 4), at + 8};
    const size_t size =
        field.type < std::size(kSizes) ? kSizes[field.type] * size_t{field.count} : 0;
    if (size > 4) {
      field.at = file_.u32(at + 8);
      file_.bytes(field.at, size);
    }
    fields_.push_back(field);
  }

  Reader file_;
  std::vector<Field> fields_;
};

Reader reader_of(Bytes file) { return Reader(file, file[0] == std::byte{'M'}); }

Directory first_directory(Bytes bytes) {
  const Reader file = reader_of(bytes);
  return Directory(file, file.u32(4));
}

/// Every strip or tile there, and within the file.
void check_whole(const Reader& file, const Directory& tags, const ImageHeader& header) {
  const bool tiled = tags.find(kTileOffsets);
  const Tag offsets = tiled ? kTileOffsets : kStripOffsets;
  const Tag sizes = tiled ? kTileSizes : kStripSizes;
  const auto pieces = [](int64_t whole, int64_t part) { return (whole + part - 1) / part; };
  const int64_t rows = tags.value(tiled ? kTileHeight : kRowsPerStrip, UINT32_MAX);
  const int64_t columns = tiled ? tags.value(kTileWidth, 0) : header.width;
  if (rows == 0 || columns == 0) throw ImageError("the TIFF header is damaged");
  int64_t needed = pieces(header.width, columns) * pieces(header.height, rows);
  if (tags.value(kPlanar, 1) == 2) needed *= tags.value(kSamples, 1);
  if (tags.count(offsets) < needed || tags.count(sizes) < needed) {
    throw ImageError("the TIFF is damaged: parts of the picture are missing");
  }
  for (uint32_t i = 0; i < needed; ++i) {
    const size_t at = tags.value(offsets, 0, i), size = tags.value(sizes, 0, i);
    if (at > file.size() || size > file.size() - at) throw_cut_short("inside its pixels");
    if (size == 0) throw ImageError("the TIFF is damaged: parts of the picture are empty");
  }
}

/// What OpenCV 4.6 reads rightly, found by comparing with Pillow.
void check_kind(const Directory& tags) {
  const uint32_t bits = tags.value(kBits, 1), samples = tags.value(kSamples, 1);
  const uint32_t photometric = tags.value(kPhotometric, kBlackIsZero);
  const bool planar = tags.value(kPlanar, 1) == 2;
  bool known = false;
  if (photometric == kWhiteIsZero || photometric == kBlackIsZero) {
    known = samples == 1 && (bits == 1 || bits == 8 || bits == 16);
  } else if (photometric == kRgb) {
    known = (samples == 3 || samples == 4) && (bits == 8 || (bits == 16 && !planar));
  } else if (photometric == kPalette) {
    known = samples == 1 && bits == 8;
  } else if (photometric == kCmyk) {
    known = samples == 4 && bits == 8 && !planar;
  } else if (photometric == kYcbcr) {
    known = samples == 3 && bits == 8;
  }
  const uint32_t format = tags.value(kSampleFormat, 1);
  for (uint32_t i = 1; i < std::min(tags.count(kBits), samples); ++i) {
    known &= tags.value(kBits, 1, i) == bits;
  }
  if (!known || format != 1) {
    throw ImageError("this kind of TIFF (" + std::to_string(samples) + " × " +
                     std::to_string(bits) + (format == 3 ? " bits, floating point" : " bits") +
                     ", photometric " + std::to_string(photometric) +
                     ") is not supported; save it with 8 or 16 bits as grey, RGB or RGBA, or as "
                     "PNG");
  }
}

}  // namespace

ImageHeader probe_tif(Bytes bytes) {
  const Directory tags = first_directory(bytes);
  return {"tif", tags.value(kWidth, 0), tags.value(kHeight, 0)};
}

Checked check_tif(Bytes bytes) {
  const Reader file = reader_of(bytes);
  const Directory tags = first_directory(bytes);
  check_kind(tags);
  check_whole(file, tags, probe_tif(bytes));

  Checked checked;
  checked.stream.assign(bytes.begin(), bytes.end());
  // OpenCV's decoder turns the picture, multiplies RGB by alpha and ignores "white is zero", each
  // at some bit depths only. The copy it gets says that there is nothing to do; it is done by us.
  const auto overwrite = [&](Tag tag, uint8_t value) {
    const Field& field = *tags.find(tag);
    const size_t size = field.type == kLong ? 4 : field.type == kShort ? 2 : 1;
    const bool big_endian = bytes[0] == std::byte{'M'};
    std::fill_n(checked.stream.begin() + static_cast<ptrdiff_t>(field.at), size, std::byte{0});
    checked.stream[field.at + (big_endian ? size - 1 : 0)] = std::byte{value};
  };
  const uint32_t photometric = tags.value(kPhotometric, kBlackIsZero);
  checked.grey = photometric == kWhiteIsZero || photometric == kBlackIsZero;
  checked.orientation = 1;
  if (tags.find(kOrientation)) {
    checked.orientation = static_cast<int>(std::min(tags.value(kOrientation, 1), 9u));
    overwrite(kOrientation, 1);
  }
  if (photometric == kWhiteIsZero && tags.value(kBits, 1) == 16) {
    checked.inverted = true;
    overwrite(kPhotometric, kBlackIsZero);
  }
  if (tags.find(kExtraSamples)) {
    const uint32_t meaning = tags.value(kExtraSamples, 0);
    checked.opaque = meaning == 0;
    checked.premultiplied = meaning == 1;
    overwrite(kExtraSamples, 0);
  }
  checked.opaque |= photometric == kCmyk;
  return checked;
}

}  // namespace imago::formats

// TIFF 6.0: what the directories of its pages say.
#include <algorithm>
#include <set>

#include "models/image/codecs/tif_codec.h"

namespace imago::formats {
namespace {

enum Tag : uint16_t {
  kSubfile = 254,
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
enum Photometric { kWhiteIsZero, kBlackIsZero, kRgbSamples, kPaletteIndices, kMask, kCmyk, kYcbcr };
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

constexpr size_t kMostFields = size_t{1} << 20;  // of all directories

/// Where the directories of all pages stand, without those that are previews or masks of others.
std::vector<size_t> find_pages(const Reader& file) {
  std::vector<size_t> pages;
  std::set<size_t> seen;
  size_t fields = 0;  // directories may overlap, and so be many times the file
  for (size_t at = file.u32(4); at != 0; at = file.u32(at + 2 + size_t{file.u16(at)} * 12)) {
    if (!seen.insert(at).second)
      throw ImageError("the TIFF is damaged: its pages go round in a circle");
    fields += 1 + size_t{file.u16(at)};
    if (fields > kMostFields)
      throw ImageError("the TIFF is damaged: its pages have more fields than Imago reads");
    constexpr uint32_t kReduced = 1, kMask = 4;
    const uint32_t kind = Directory(file, at).value(kSubfile, 0);
    if (pages.empty() || (kind & (kReduced | kMask)) == 0) pages.push_back(at);
  }
  if (pages.empty()) throw ImageError("the TIFF holds no pages");
  return pages;
}

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
  if (rows == 0 || columns == 0 || header.width <= 0 || header.height <= 0)
    throw ImageError("the TIFF header is damaged");
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

void check_kind(const Directory& tags) {
  const uint32_t bits = tags.value(kBits, 1), samples = tags.value(kSamples, 1);
  const uint32_t photometric = tags.value(kPhotometric, kBlackIsZero);
  const bool whole = bits == 8 || bits == 16, small = bits == 1 || bits == 2 || bits == 4;
  bool known = false;
  if (photometric == kWhiteIsZero || photometric == kBlackIsZero) {
    known = (samples == 1 && small) || ((samples == 1 || samples == 2) && whole);
  } else if (photometric == kRgbSamples) {
    known = (samples == 3 || samples == 4) && whole;
  } else if (photometric == kPaletteIndices) {
    known = samples == 1 && (bits == 8 || small);
  } else if (photometric == kCmyk) {
    known = samples == 4 && whole;
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

Decoded decode_tif(Bytes bytes, const ImageReadOptions& options) {
  const Reader file = reader_of(bytes);
  const std::vector<size_t> pages = find_pages(file);
  require_page(options.page_taken(), static_cast<int>(pages.size()), "pages");
  const size_t at = pages[static_cast<size_t>(options.page_taken()) - 1];
  const Directory tags(file, at);
  check_kind(tags);
  const ImageHeader header{"tif", tags.value(kWidth, 0), tags.value(kHeight, 0)};
  check_size(header, options);
  check_whole(file, tags, header);

  TifFacts facts;
  facts.directory = at;
  facts.width = static_cast<int>(header.width);
  facts.height = static_cast<int>(header.height);
  facts.bits = static_cast<int>(tags.value(kBits, 1));
  facts.samples = static_cast<int>(tags.value(kSamples, 1));
  facts.photometric = static_cast<int>(tags.value(kPhotometric, kBlackIsZero));
  facts.planar = tags.value(kPlanar, 1) == 2;
  const int colours = facts.photometric == kRgbSamples    ? 3
                      : facts.photometric <= kBlackIsZero ? 1
                                                          : 4;
  if (facts.samples == colours + 1) {
    const uint32_t meaning = tags.find(kExtraSamples) ? tags.value(kExtraSamples, 0) : 2;
    facts.alpha = meaning != 0;
    facts.premultiplied = meaning == 1;
  }
  Decoded decoded;
  decoded.raster = decode_tif_pixels(bytes, facts);
  decoded.orientation = static_cast<int>(std::min(tags.value(kOrientation, 1), 9u));
  decoded.pages = static_cast<int>(pages.size());
  decoded.pages_are = "pages";
  return decoded;
}

}  // namespace imago::formats

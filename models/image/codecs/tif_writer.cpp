// TIFF files, through libtiff, row by row.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "models/image/codecs/formats.h"
#include "models/image/codecs/tif_library.h"
#include "models/image/output.h"

namespace imago {
namespace {

using formats::Bytes;
using namespace tif;

tmsize_t write_output(thandle_t handle, void* from, tmsize_t size) {
  return static_cast<OutputForC*>(handle)->write(from, static_cast<size_t>(size)) ? size : -1;
}

toff_t seek_output(thandle_t handle, toff_t offset, int from) {
  auto& output = *static_cast<OutputForC*>(handle);
  const uint64_t base = from == SEEK_CUR ? output.place() : from == SEEK_END ? output.size() : 0;
  return output.seek(base + offset) ? base + offset : static_cast<toff_t>(-1);
}

/// EXIF (a TIFF structure, little-endian) set tag by tag, for libtiff lays out directories itself.
class ExifTags {
 public:
  explicit ExifTags(Bytes exif) : file_(exif, false) {}

  /// Where a directory stands that an entry of the first one points to; 0: there is none.
  size_t directory(uint16_t pointer) const {
    size_t found = 0;
    each(file_.u32(4), [&](uint16_t tag, uint16_t, uint32_t, size_t at) {
      if (tag == pointer) found = file_.u32(at);
    });
    return found;
  }
  size_t first() const { return file_.u32(4); }

  /// Sets all tags of a directory that libtiff knows; `wanted` says which.
  template <typename Wanted>
  void copy(size_t directory, TIFF* tiff, const Wanted& wanted) const {
    each(directory, [&](uint16_t tag, uint16_t type, uint32_t count, size_t at) {
      const TIFFField* field = TIFFFindField(tiff, tag, TIFF_ANY);
      if (field && wanted(tag)) set(tiff, field, tag, type, count, at);
    });
  }

 private:
  template <typename Visit>
  void each(size_t directory, const Visit& visit) const {
    constexpr size_t kSizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8};
    const uint16_t entries = file_.u16(directory);
    for (size_t i = 0; i < entries; ++i) {
      const size_t at = directory + 2 + 12 * i;
      const uint16_t type = file_.u16(at + 2);
      const uint32_t count = file_.u32(at + 4);
      if (type == 0 || type >= std::size(kSizes)) continue;
      const size_t size = kSizes[type] * size_t{count};
      const size_t values = size > 4 ? file_.u32(at + 8) : at + 8;
      file_.bytes(values, size);
      visit(file_.u16(at), type, count, values);
    }
  }

  double number(uint16_t type, size_t at, size_t i) const {
    switch (type) {
      case TIFF_BYTE:
        return file_.u8(at + i);
      case TIFF_SHORT:
        return file_.u16(at + 2 * i);
      case TIFF_LONG:
        return file_.u32(at + 4 * i);
      case TIFF_RATIONAL:
        return static_cast<double>(file_.u32(at + 8 * i)) / std::max(file_.u32(at + 8 * i + 4), 1u);
      case TIFF_SRATIONAL: {
        const int32_t below = file_.i32(at + 8 * i + 4);
        return static_cast<double>(file_.i32(at + 8 * i)) / (below == 0 ? 1 : below);
      }
      default:
        return 0;
    }
  }

  void set(TIFF* tiff, const TIFFField* field, uint16_t tag, uint16_t type, uint32_t count,
           size_t at) const {
    const int given = TIFFFieldWriteCount(field);
    const bool counted = TIFFFieldPassCount(field);
    const TIFFDataType wanted = TIFFFieldDataType(field);
    const bool long_count = given == TIFF_VARIABLE2;
    if (wanted == TIFF_ASCII && type == TIFF_ASCII) {
      std::string text;
      for (const std::byte letter : file_.bytes(at, count)) {
        if (letter == std::byte{0}) break;
        text += static_cast<char>(letter);
      }
      if (counted)
        TIFFSetField(tiff, tag, static_cast<int>(text.size() + 1), text.c_str());
      else if (given == TIFF_VARIABLE || static_cast<int>(text.size()) < given)
        TIFFSetField(tiff, tag, text.c_str());
      return;
    }
    if (wanted == TIFF_UNDEFINED || wanted == TIFF_BYTE) {
      const Bytes bytes = file_.bytes(at, count);
      if (counted && long_count)
        TIFFSetField(tiff, tag, count, bytes.data());
      else if (counted && count < 65536)
        TIFFSetField(tiff, tag, static_cast<int>(count), bytes.data());
      else if (given == 1 && count == 1 && !counted)
        TIFFSetField(tiff, tag, std::to_integer<int>(bytes[0]));
      else if (given == static_cast<int>(count))
        TIFFSetField(tiff, tag, bytes.data());
      return;
    }
    set_numbers(tiff, tag, wanted, given, counted, type, count, at,
                TIFFFieldSetGetSize(field) == 8);
  }

  void set_numbers(TIFF* tiff, uint16_t tag, TIFFDataType wanted, int given, bool counted,
                   uint16_t type, uint32_t count, size_t at, bool doubles) const {
    const bool fractions = wanted == TIFF_RATIONAL || wanted == TIFF_SRATIONAL;
    if (!fractions && wanted != TIFF_SHORT && wanted != TIFF_LONG) return;
    if (given == 1 && count == 1 && !counted) {
      if (fractions)
        TIFFSetField(tiff, tag, number(type, at, 0));
      else
        TIFFSetField(tiff, tag, static_cast<uint32_t>(number(type, at, 0)));
      return;
    }
    if (!counted && given != static_cast<int>(count)) return;
    std::vector<double> precise;
    std::vector<float> rough;
    std::vector<uint16_t> shorts;
    std::vector<uint32_t> longs;
    for (size_t i = 0; i < count; ++i) {
      const double value = number(type, at, i);
      precise.push_back(value);
      rough.push_back(static_cast<float>(value));
      shorts.push_back(static_cast<uint16_t>(value));
      longs.push_back(static_cast<uint32_t>(value));
    }
    const void* values = fractions && doubles   ? static_cast<const void*>(precise.data())
                         : fractions            ? rough.data()
                         : wanted == TIFF_SHORT ? static_cast<const void*>(shorts.data())
                                                : longs.data();
    if (counted)
      TIFFSetField(tiff, tag, static_cast<int>(count), values);
    else
      TIFFSetField(tiff, tag, values);
  }

  formats::Reader file_;
};

/// What the first directory of EXIF has beside what a TIFF's own says: names, dates, places. Not
/// how pixels are stored, nor what is written elsewhere.
bool is_description(uint16_t tag) {
  constexpr uint16_t kWanted[] = {269, 270, 271, 272, 285, 305, 306, 315, 316, 33432};
  return std::ranges::count(kWanted, tag) > 0;
}

constexpr uint16_t kInteroperability = 0xA005;

class TifWriter : public ImageWriter {
 public:
  TifWriter(std::unique_ptr<Output> output, const RowLayout& layout,
            const EncodedMetadata& metadata)
      : ImageWriter(layout), output_(std::move(output)), row_(layout.row_bytes()) {
    // Noise grows a little by LZW; what may not fit into 4 GiB becomes a BigTIFF.
    const double bytes = static_cast<double>(layout.row_bytes()) * layout.height * 1.5;
    const Options options(complaint_);
    tiff_.reset(TIFFClientOpenExt(
        "picture", bytes > 4e9 ? "w8" : "w4", &output_,
        [](thandle_t, void*, tmsize_t) -> tmsize_t { return 0; }, write_output, seek_output,
        [](thandle_t) { return 0; },
        [](thandle_t handle) -> toff_t { return static_cast<OutputForC*>(handle)->size(); },
        nullptr, nullptr, options.options));
    if (!tiff_) fail();
    start(metadata);
  }

  void write_rows(std::span<const std::byte> rows) override {
    // libtiff changes what it is given.
    for (; !rows.empty(); rows = rows.subspan(row_.size()), ++y_) {
      std::ranges::copy(rows.first(row_.size()), row_.begin());
      if (TIFFWriteScanline(tiff_.get(), row_.data(), y_, 0) < 0) fail();
    }
  }

  void finish() override {
    if (!TIFFFlush(tiff_.get())) fail();
    tiff_.reset();
    output_.rethrow();
    output_.commit();
  }

 private:
  void start(const EncodedMetadata& metadata) {
    uint64_t exif = 0, gps = 0;
    if (!metadata.exif.empty()) write_exif(metadata, exif, gps);
    TIFF* tiff = tiff_.get();
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, layout_.width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, layout_.height);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, layout_.bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, layout_.channels + (layout_.alpha ? 1 : 0));
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC,
                 layout_.channels == 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
    TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
    TIFFSetField(tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, TIFFDefaultStripSize(tiff, 0));
    if (layout_.alpha) {
      const uint16_t kind = EXTRASAMPLE_UNASSALPHA;
      TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind);
    }
    set_resolution(metadata.resolution);
    set_metadata(metadata);
    if (exif != 0) TIFFSetField(tiff, TIFFTAG_EXIFIFD, exif);
    if (gps != 0) TIFFSetField(tiff, TIFFTAG_GPSIFD, gps);
  }

  /// TIFF 6.0 requires the three tags of every file; unit 1: it is only known that pixels are
  /// square.
  void set_resolution(const std::optional<Resolution>& resolution) {
    TIFF* tiff = tiff_.get();
    TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, resolution ? RESUNIT_INCH : RESUNIT_NONE);
    TIFFSetField(tiff, TIFFTAG_XRESOLUTION, resolution ? resolution->x : 1.0);
    TIFFSetField(tiff, TIFFTAG_YRESOLUTION, resolution ? resolution->y : 1.0);
  }

  void set_metadata(const EncodedMetadata& metadata) {
    TIFF* tiff = tiff_.get();
    const auto size = [](const auto& bytes) { return static_cast<uint32_t>(bytes.size()); };
    if (!metadata.icc.empty())
      TIFFSetField(tiff, TIFFTAG_ICCPROFILE, size(metadata.icc), metadata.icc.data());
    if (!metadata.xmp.empty())
      TIFFSetField(tiff, TIFFTAG_XMLPACKET, size(metadata.xmp), metadata.xmp.data());
    if (!metadata.iptc.empty())
      TIFFSetField(tiff, TIFFTAG_RICHTIFFIPTC, size(metadata.iptc), metadata.iptc.data());
    if (!metadata.exif.empty()) {
      const ExifTags tags(metadata.exif);
      try {
        tags.copy(tags.first(), tiff, is_description);
      } catch (const ImageError&) {  // broken EXIF is left out as far as it is broken
      }
    }
  }

  /// The directories of EXIF and GPS, which stand before the picture's own.
  void write_exif(const EncodedMetadata& metadata, uint64_t& exif, uint64_t& gps) {
    TIFF* tiff = tiff_.get();
    const ExifTags tags(metadata.exif);
    const auto write = [&](uint16_t pointer, int (*create)(TIFF*), uint64_t& place) {
      try {
        const size_t directory = tags.directory(pointer);
        if (directory == 0 || create(tiff) != 0) return;
        tags.copy(directory, tiff, [](uint16_t tag) { return tag != kInteroperability; });
        if (!TIFFWriteCustomDirectory(tiff, &place)) place = 0;
      } catch (const ImageError&) {
        place = 0;
      }
      TIFFFreeDirectory(tiff);  // neither writing nor creating the next one frees its values
    };
    write(TIFFTAG_EXIFIFD, TIFFCreateEXIFDirectory, exif);
    write(TIFFTAG_GPSIFD, TIFFCreateGPSDirectory, gps);
    TIFFCreateDirectory(tiff);
  }

  [[noreturn]] void fail() const {
    output_.rethrow();
    throw ImageError(std::string("the picture cannot be encoded as tif (libtiff: ") +
                     complaint_.message + ")");
  }

  Complaint complaint_;
  OutputForC output_;
  std::vector<std::byte> row_;
  uint32_t y_ = 0;
  Tiff tiff_;  // goes first: it may still write
};

}  // namespace

std::unique_ptr<ImageWriter> make_tif_writer(std::unique_ptr<Output> output,
                                             const RowLayout& layout, EncodedMetadata metadata,
                                             int) {
  return std::make_unique<TifWriter>(std::move(output), layout, metadata);
}

}  // namespace imago

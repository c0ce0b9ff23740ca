#include "models/image/codecs/tif_codec.h"

#include <tiffio.h>

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <new>

#include "models/image/output.h"

namespace imago {
namespace {

using formats::Bytes;
using formats::TifFacts;

struct Closer {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using Tiff = std::unique_ptr<TIFF, Closer>;

/// What libtiff complains about goes here in place of the terminal. It goes on after warnings,
/// which are about tags that it does not know.
struct Complaint {
  char message[200] = "";
};

int keep_error(TIFF*, void* user, const char*, const char* format, va_list values) {
  auto* complaint = static_cast<Complaint*>(user);
  if (complaint->message[0] == '\0')
    std::vsnprintf(complaint->message, sizeof(complaint->message), format, values);
  return 1;
}
int drop_warning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

struct Options {
  explicit Options(Complaint& complaint) : options(TIFFOpenOptionsAlloc()) {
    if (!options) throw std::bad_alloc();
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, &complaint);
    TIFFOpenOptionsSetWarningHandlerExtR(options, drop_warning, &complaint);
  }
  ~Options() { TIFFOpenOptionsFree(options); }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;
  TIFFOpenOptions* options;
};

struct Input {
  Bytes file;
  uint64_t place = 0;
};

tmsize_t read_input(thandle_t handle, void* to, tmsize_t size) {
  auto& input = *static_cast<Input*>(handle);
  const uint64_t rest = input.file.size() - std::min<uint64_t>(input.place, input.file.size());
  const auto count = static_cast<size_t>(std::min<uint64_t>(rest, static_cast<uint64_t>(size)));
  if (count > 0) std::memcpy(to, input.file.data() + input.place, count);
  input.place += count;
  return static_cast<tmsize_t>(count);
}

toff_t seek_input(thandle_t handle, toff_t offset, int from) {
  auto& input = *static_cast<Input*>(handle);
  const uint64_t base = from == SEEK_CUR ? input.place : from == SEEK_END ? input.file.size() : 0;
  return input.place = base + offset;
}

int map_input(thandle_t handle, void** base, toff_t* size) {
  auto& input = *static_cast<Input*>(handle);
  *base = const_cast<std::byte*>(input.file.data());
  *size = input.file.size();
  return 1;
}

/// Bytes of a strip or tile, row by row as they come out of the file.
class PageReader {
 public:
  PageReader(Bytes file, const TifFacts& facts) : input_{file}, facts_(facts) {
    const Options options(complaint_);
    tiff_.reset(TIFFClientOpenExt(
        "picture", "r", &input_, read_input,
        [](thandle_t, void*, tmsize_t) -> tmsize_t { return 0; }, seek_input,
        [](thandle_t) { return 0; },
        [](thandle_t handle) -> toff_t { return static_cast<Input*>(handle)->file.size(); },
        map_input, [](thandle_t, void*, toff_t) {}, options.options));
    if (!tiff_ || !TIFFSetSubDirectory(tiff_.get(), facts.directory)) fail();
  }

  /// Any kind that libtiff itself can make RGB of, 8 bits.
  Raster read_rgb() {
    std::vector<uint32_t> pixels(size_t(facts_.width) * size_t(facts_.height));
    uint16_t orientation = ORIENTATION_TOPLEFT;
    TIFFGetFieldDefaulted(tiff_.get(), TIFFTAG_ORIENTATION, &orientation);
    TIFFSetField(tiff_.get(), TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    if (!TIFFReadRGBAImageOriented(tiff_.get(), uint32_t(facts_.width), uint32_t(facts_.height),
                                   pixels.data(), ORIENTATION_TOPLEFT, 1))
      fail();
    Raster raster = formats::make_raster(facts_.width, facts_.height, 3, false, 8);
    std::byte* to = raster.samples.data();
    for (const uint32_t pixel : pixels) {
      *to++ = static_cast<std::byte>(TIFFGetR(pixel));
      *to++ = static_cast<std::byte>(TIFFGetG(pixel));
      *to++ = static_cast<std::byte>(TIFFGetB(pixel));
    }
    return raster;
  }

  /// The samples as stored, interleaved: 1 to 8 bits in bytes, 16 bits as they are.
  std::vector<std::byte> read_samples() {
    const bool tiled = TIFFIsTiled(tiff_.get());
    uint32_t columns = static_cast<uint32_t>(facts_.width), rows = 0;
    if (tiled) {
      TIFFGetField(tiff_.get(), TIFFTAG_TILEWIDTH, &columns);
      TIFFGetField(tiff_.get(), TIFFTAG_TILELENGTH, &rows);
    } else {
      TIFFGetFieldDefaulted(tiff_.get(), TIFFTAG_ROWSPERSTRIP, &rows);
      rows = std::min(rows, static_cast<uint32_t>(facts_.height));
    }
    if (columns == 0 || rows == 0 || columns > 1u << 20 || rows > 1u << 20) fail();
    const int planes = facts_.planar ? facts_.samples : 1;
    const tmsize_t size = tiled ? TIFFTileSize(tiff_.get()) : TIFFStripSize(tiff_.get());
    if (size <= 0 || size > tmsize_t{1} << 31) fail();
    std::vector<std::byte> samples(size_t(facts_.width) * size_t(facts_.height) *
                                   size_t(facts_.samples) * sample_bytes());
    std::vector<std::byte> piece(static_cast<size_t>(size));
    uint32_t index = 0;
    for (int plane = 0; plane < planes; ++plane)
      for (uint32_t y = 0; y < static_cast<uint32_t>(facts_.height); y += rows)
        for (uint32_t x = 0; x < static_cast<uint32_t>(facts_.width); x += columns, ++index) {
          const uint32_t shown = std::min(rows, static_cast<uint32_t>(facts_.height) - y);
          const tmsize_t wanted = tiled ? size : TIFFVStripSize(tiff_.get(), shown);
          const tmsize_t got = tiled ? TIFFReadEncodedTile(tiff_.get(), index, piece.data(), size)
                                     : TIFFReadEncodedStrip(tiff_.get(), index, piece.data(), size);
          if (got < wanted) fail();
          place(piece, columns, x, y, shown, plane, samples);
        }
    return samples;
  }

  std::vector<uint8_t> palette() {
    uint16_t *red = nullptr, *green = nullptr, *blue = nullptr;
    if (!TIFFGetField(tiff_.get(), TIFFTAG_COLORMAP, &red, &green, &blue)) fail();
    const size_t count = size_t{1} << facts_.bits;
    const auto all_small = [count](const uint16_t* values) {
      return std::all_of(values, values + count, [](uint16_t value) { return value < 256; });
    };
    // Some writers put 8 bits where 16 belong.
    const int shift = all_small(red) && all_small(green) && all_small(blue) ? 0 : 8;
    std::vector<uint8_t> colours;
    for (size_t i = 0; i < count; ++i)
      for (const uint16_t* values : {red, green, blue})
        colours.push_back(static_cast<uint8_t>(values[i] >> shift));
    return colours;
  }

 private:
  size_t sample_bytes() const { return facts_.bits == 16 ? 2 : 1; }

  /// Copies the part of a strip or tile that lies inside the picture.
  void place(const std::vector<std::byte>& piece, uint32_t columns, uint32_t x, uint32_t y,
             uint32_t rows, int plane, std::vector<std::byte>& samples) const {
    const size_t bytes = sample_bytes(), all = static_cast<size_t>(facts_.samples);
    const size_t stored = facts_.planar ? 1 : all;  // samples of a pixel in the piece
    const size_t stride = (size_t{columns} * stored * static_cast<size_t>(facts_.bits) + 7) / 8;
    const size_t count = std::min(columns, static_cast<uint32_t>(facts_.width) - x) * stored;
    for (uint32_t v = 0; v < rows; ++v) {
      const std::byte* from = &piece[v * stride];
      std::byte* to =
          &samples[((size_t{y} + v) * static_cast<size_t>(facts_.width) + x) * all * bytes];
      if (!facts_.planar && facts_.bits >= 8) {
        std::memcpy(to, from, count * bytes);
        continue;
      }
      for (size_t i = 0; i < count; ++i) {
        std::byte* sample =
            facts_.planar ? to + (i * all + static_cast<size_t>(plane)) * bytes : to + i * bytes;
        if (facts_.bits >= 8) {
          std::memcpy(sample, from + i * bytes, bytes);
        } else {
          const size_t bit = i * static_cast<size_t>(facts_.bits);
          const int shift = 8 - facts_.bits - static_cast<int>(bit % 8);
          *sample = from[bit / 8] >> shift & static_cast<std::byte>((1 << facts_.bits) - 1);
        }
      }
    }
  }

  [[noreturn]] void fail() const {
    throw ImageError(std::string("the TIFF is damaged; get another copy of it (libtiff: ") +
                     (complaint_.message[0] ? complaint_.message : "no reason given") + ")");
  }

  Complaint complaint_;
  Input input_;
  TifFacts facts_;
  Tiff tiff_;
};

/// Ink is what light does not come back: each colour times what black leaves. Rounds to nearest.
template <typename Sample>
void inks_to_rgb(const std::vector<std::byte>& inks, Raster& raster) {
  constexpr uint64_t kMaximum = std::numeric_limits<Sample>::max();
  const auto* from = reinterpret_cast<const Sample*>(inks.data());
  auto* to = reinterpret_cast<Sample*>(raster.samples.data());
  for (size_t i = 0; i < inks.size() / sizeof(Sample); i += 4)
    for (size_t c = 0; c < 3; ++c)
      *to++ = static_cast<Sample>(
          ((kMaximum - from[i + c]) * (kMaximum - from[i + 3]) + kMaximum / 2) / kMaximum);
}

template <typename Sample>
void invert_grey(Raster& raster) {
  auto* sample = reinterpret_cast<Sample*>(raster.samples.data());
  const size_t stride = raster.alpha ? 2 : 1, count = raster.samples.size() / sizeof(Sample);
  for (size_t i = 0; i < count; i += stride)
    sample[i] = static_cast<Sample>(std::numeric_limits<Sample>::max() - sample[i]);
}

Raster from_palette(const std::vector<std::byte>& indices, const std::vector<uint8_t>& colours,
                    const TifFacts& facts) {
  Raster raster = formats::make_raster(facts.width, facts.height, 3, false, 8);
  bool grey = true;
  for (size_t i = 0; i < colours.size(); i += 3)
    grey &= colours[i] == colours[i + 1] && colours[i] == colours[i + 2];
  for (size_t i = 0; i < indices.size(); ++i)
    std::memcpy(&raster.samples[3 * i], &colours[3 * std::to_integer<size_t>(indices[i])], 3);
  if (grey) formats::drop_colour(raster);
  return raster;
}

/// Takes over the samples, without a fourth one that is no alpha.
Raster from_samples(std::vector<std::byte> samples, const TifFacts& facts) {
  const bool grey = facts.photometric <= PHOTOMETRIC_MINISBLACK;
  Raster raster = formats::make_raster(facts.width, facts.height, grey ? 1 : 3, facts.alpha,
                                       facts.bits == 16 ? 16 : 8);
  if (facts.bits < 8) {
    const int maximum = (1 << facts.bits) - 1;
    for (std::byte& sample : samples)
      sample = static_cast<std::byte>(std::to_integer<int>(sample) * 255 / maximum);
  }
  const size_t stored = samples.size() / (size_t(facts.width) * size_t(facts.height));
  if (stored == raster.pixel_bytes()) {
    raster.samples = std::move(samples);
  } else {
    for (size_t i = 0; i * stored < samples.size(); ++i)
      std::memcpy(&raster.samples[i * raster.pixel_bytes()], &samples[i * stored],
                  raster.pixel_bytes());
  }
  if (facts.photometric == PHOTOMETRIC_MINISWHITE)
    raster.bits == 16 ? invert_grey<uint16_t>(raster) : invert_grey<uint8_t>(raster);
  if (facts.premultiplied) formats::divide_out_alpha(raster);
  return raster;
}

}  // namespace

Raster formats::decode_tif_pixels(Bytes file, const TifFacts& facts) {
  PageReader page(file, facts);
  if (facts.photometric == PHOTOMETRIC_YCBCR) return page.read_rgb();
  if (facts.photometric == PHOTOMETRIC_PALETTE)
    return from_palette(page.read_samples(), page.palette(), facts);
  if (facts.photometric == PHOTOMETRIC_SEPARATED) {
    Raster raster = make_raster(facts.width, facts.height, 3, false, facts.bits);
    const std::vector<std::byte> inks = page.read_samples();
    facts.bits == 16 ? inks_to_rgb<uint16_t>(inks, raster) : inks_to_rgb<uint8_t>(inks, raster);
    return raster;
  }
  return from_samples(page.read_samples(), facts);
}

namespace {

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

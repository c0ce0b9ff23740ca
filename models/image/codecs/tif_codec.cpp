#include "models/image/codecs/tif_codec.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "models/image/codecs/tif_library.h"

namespace imago {
namespace {

using formats::Bytes;
using formats::TifFacts;
using namespace tif;

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

}  // namespace imago

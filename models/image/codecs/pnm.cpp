// PBM, PGM and PPM as Netpbm's manual pages define them.
#include <algorithm>
#include <cctype>

#include "models/image/codecs/formats.h"

namespace imago::formats {
namespace {

/// White-space separated numbers with `#` comments.
class Tokens {
 public:
  explicit Tokens(Bytes file, size_t at) : file_(file), at_(at) {}

  size_t position() const { return at_; }

  /// A number that must be followed by white space: one that touches the end may have lost digits.
  uint32_t number() {
    skip_blanks();
    uint64_t value = 0;
    const size_t start = at_;
    for (; std::isdigit(peek()); ++at_) {
      value = value * 10 + static_cast<uint64_t>(peek() - '0');
      if (value > INT32_MAX) throw ImageError("the PPM header is damaged: a number is too large");
    }
    if (at_ == start)
      throw ImageError("the PPM is damaged: a number is expected at byte " + std::to_string(start));
    if (!std::isspace(peek())) {
      throw ImageError("the PPM is damaged: white space is expected at byte " +
                       std::to_string(at_));
    }
    return static_cast<uint32_t>(value);
  }

  /// One digit of a plain PBM.
  uint32_t bit() {
    skip_blanks();
    const int digit = peek();
    if (digit != '0' && digit != '1') throw ImageError("the PBM is damaged: not a 0 or 1");
    ++at_;
    return static_cast<uint32_t>(digit - '0');
  }

 private:
  int peek() const {
    if (at_ >= file_.size()) throw_cut_short("where more numbers are expected");
    return static_cast<unsigned char>(file_[at_]);
  }

  void skip_blanks() {
    while (std::isspace(peek()) || peek() == '#') {
      if (peek() == '#') {
        while (peek() != '\n' && peek() != '\r') ++at_;
      }
      ++at_;
    }
  }

  Bytes file_;
  size_t at_;
};

struct Pnm {
  char kind = 0;  // '1'…'6'
  uint32_t width = 0, height = 0, maximum = 1;
  size_t raster = 0;  // where the samples start

  bool bitmap() const { return kind == '1' || kind == '4'; }
  bool plain() const { return kind <= '3'; }
  int channels() const { return kind == '3' || kind == '6' ? 3 : 1; }
};

Pnm read_pnm_header(Bytes file) {
  Pnm pnm;
  pnm.kind = static_cast<char>(file[1]);
  Tokens tokens(file, 2);
  pnm.width = tokens.number();
  pnm.height = tokens.number();
  if (!pnm.bitmap()) pnm.maximum = tokens.number();
  if (pnm.maximum < 1 || pnm.maximum > 65535) {
    throw ImageError("the PPM header is damaged: its maximum value is " +
                     std::to_string(pnm.maximum));
  }
  pnm.raster = tokens.position() + 1;
  return pnm;
}

/// Size of the samples in the file; for the plain kinds the least that they can take.
uint64_t raster_size(const Pnm& pnm) {
  const uint64_t samples = uint64_t{pnm.width} * pnm.height * uint64_t(pnm.channels());
  if (pnm.kind == '1') return samples;
  if (pnm.kind == '4') return (uint64_t{pnm.width} + 7) / 8 * pnm.height;
  if (pnm.plain()) return samples * 2;
  return samples * (pnm.maximum > 255 ? 2 : 1);
}

}  // namespace

bool is_pnm(Bytes file) {
  return file.size() >= 3 && file[0] == std::byte{'P'} && file[1] >= std::byte{'1'} &&
         file[1] <= std::byte{'6'} &&
         (std::isspace(static_cast<unsigned char>(file[2])) || file[2] == std::byte{'#'});
}

ImageHeader probe_pnm(Bytes file) {
  const Pnm pnm = read_pnm_header(file);
  return {"ppm", pnm.width, pnm.height};
}

Image decode_pnm(Bytes file) {
  const Pnm pnm = read_pnm_header(file);
  if (raster_size(pnm) > file.size() - std::min(file.size(), pnm.raster)) {
    throw_cut_short("inside its pixels");
  }
  Image image;
  image.width = static_cast<int>(pnm.width);
  image.height = static_cast<int>(pnm.height);
  image.channels = pnm.channels();
  image.bits = pnm.maximum > 255 ? 16 : 8;
  const size_t row = size_t{pnm.width} * size_t(pnm.channels());
  image.pixels.reserve(row * pnm.height);

  const Reader reader(file);
  Tokens tokens(file, pnm.raster);
  for (uint32_t y = 0; y < pnm.height; ++y) {
    for (size_t x = 0; x < row; ++x) {
      uint32_t sample = 0;
      if (pnm.kind == '1') {
        sample = 1 - tokens.bit();  // 1 is black
      } else if (pnm.kind == '4') {
        const size_t at = pnm.raster + (row + 7) / 8 * y + x / 8;
        sample = 1 - (reader.u8(at) >> (7 - x % 8) & 1);
      } else if (pnm.plain()) {
        sample = tokens.number();
      } else if (pnm.maximum > 255) {
        sample = reader.u16(pnm.raster + (row * y + x) * 2);
      } else {
        sample = reader.u8(pnm.raster + row * y + x);
      }
      if (sample > pnm.maximum) throw ImageError("the PPM is damaged: a sample is too large");
      image.pixels.push_back(static_cast<float>(sample) / static_cast<float>(pnm.maximum));
    }
  }
  return image;
}

}  // namespace imago::formats

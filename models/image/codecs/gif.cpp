// GIF89a (CompuServe 1990), still and animated.
#include <algorithm>

#include "models/image/codecs/canvas.h"
#include "models/image/codecs/formats.h"

namespace imago::formats {
namespace {

struct Frame {
  int x = 0, y = 0, width = 0, height = 0;
  bool interlaced = false;
  int transparent = -1;  // this index lets the frames before it through
  Dispose dispose = Dispose::keep;
  Bytes palette;    // red, green, blue
  size_t data = 0;  // where the compressed indices stand: the size of a code, then sub-blocks
};

struct Gif {
  int width = 0, height = 0;
  std::vector<Frame> frames;
};

/// One past the sub-blocks that start at `at`.
size_t end_of_blocks(const Reader& file, size_t at) {
  while (const uint8_t size = file.u8(at)) {
    file.bytes(at, size_t{1} + size);
    at += size_t{1} + size;
  }
  return at + 1;
}

Bytes palette_at(const Reader& file, size_t& at, uint8_t flags) {
  if (!(flags & 0x80)) return {};
  const Bytes palette = file.bytes(at, size_t{3} << ((flags & 7) + 1));
  at += palette.size();
  return palette;
}

/// Graphic control extension: what it says of the frame after it.
void read_control(const Reader& file, size_t at, Frame& frame) {
  if (file.u8(at) != 4) return;
  const uint8_t flags = file.u8(at + 1);
  const int dispose = flags >> 2 & 7;
  frame.dispose = dispose == 2 ? Dispose::clear : dispose == 3 ? Dispose::restore : Dispose::keep;
  frame.transparent = flags & 1 ? file.u8(at + 4) : -1;
}

Gif read_blocks(Bytes bytes) {
  const Reader file(bytes, false);
  Gif gif;
  gif.width = file.u16(6);
  gif.height = file.u16(8);
  size_t at = 13;
  const Bytes global = palette_at(file, at, file.u8(10));
  Frame next;
  for (uint8_t kind = 0; (kind = file.u8(at)) != 0x3B;) {
    if (kind == 0x21) {
      if (file.u8(at + 1) == 0xF9) read_control(file, at + 2, next);
      at = end_of_blocks(file, at + 2);
    } else if (kind == 0x2C) {
      next.x = file.u16(at + 1), next.y = file.u16(at + 3);
      next.width = file.u16(at + 5), next.height = file.u16(at + 7);
      const uint8_t flags = file.u8(at + 9);
      next.interlaced = flags & 0x40;
      at += 10;
      const Bytes own = palette_at(file, at, flags);
      next.palette = own.empty() ? global : own;
      next.data = at;
      at = end_of_blocks(file, at + 1);
      if (int64_t{next.width} * next.height > 4 * int64_t{gif.width} * gif.height)
        throw ImageError("the GIF is damaged: a frame is far larger than the picture");
      if (next.width > 0 && next.height > 0) gif.frames.push_back(next);
      next = {};
    } else {
      throw ImageError("the GIF is damaged at byte " + std::to_string(at) + ": no block there");
    }
  }
  if (gif.frames.empty()) throw ImageError("the GIF holds no pixels");
  return gif;
}

/// Codes of 2 to 12 bits out of sub-blocks.
class Codes {
 public:
  Codes(const Reader& file, size_t at) : file_(file), at_(at) {}

  /// -1 at the end of the data.
  int next(int size) {
    while (count_ < size) {
      if (left_ == 0) {
        left_ = file_.u8(at_++);
        if (left_ == 0) return -1;
      }
      bits_ |= uint32_t{file_.u8(at_++)} << count_;
      --left_;
      count_ += 8;
    }
    const int code = static_cast<int>(bits_ & ((1u << size) - 1));
    bits_ >>= size;
    count_ -= size;
    return code;
  }

 private:
  const Reader& file_;
  size_t at_;
  int left_ = 0, count_ = 0;
  uint32_t bits_ = 0;
};

/// Lempel, Ziv and Welch: each code stands for an earlier string and one letter more.
std::vector<uint8_t> decompress(const Reader& file, size_t at, size_t wanted) {
  constexpr int kMost = 4096;
  const int letters_bits = file.u8(at);
  if (letters_bits < 1 || letters_bits > 11) throw ImageError("the GIF is damaged: its codes");
  const int clear = 1 << letters_bits, end = clear + 1;
  struct Entry {
    int before;
    uint8_t letter, first;
    int length;
  };
  std::vector<Entry> entries(kMost);
  for (int i = 0; i < clear; ++i)
    entries[static_cast<size_t>(i)] = {-1, static_cast<uint8_t>(i), static_cast<uint8_t>(i), 1};
  Codes codes(file, at + 1);
  std::vector<uint8_t> indices;
  int size = letters_bits + 1, used = end + 1, last = -1;
  while (indices.size() < wanted) {
    const int code = codes.next(size);
    if (code == clear) {
      size = letters_bits + 1, used = end + 1, last = -1;
      continue;
    }
    if (code < 0 || code == end) break;
    if (code > used || (code >= clear && last < 0) || (code == used && last < 0))
      throw ImageError("the GIF is damaged: its codes make no sense");
    if (last >= 0 && used < kMost) {
      const Entry& before = entries[static_cast<size_t>(last)];
      const uint8_t letter = code == used ? before.first : entries[static_cast<size_t>(code)].first;
      entries[static_cast<size_t>(used++)] = {last, letter, before.first, before.length + 1};
      if (used == 1 << size && size < 12) ++size;
    } else if (code >= used) {
      throw ImageError("the GIF is damaged: its codes make no sense");
    }
    const auto length = static_cast<size_t>(entries[static_cast<size_t>(code)].length);
    indices.resize(indices.size() + length);
    size_t to = indices.size();
    for (int i = code; i >= 0; i = entries[static_cast<size_t>(i)].before)
      indices[--to] = entries[static_cast<size_t>(i)].letter;
    last = code;
  }
  if (indices.size() < wanted) throw ImageError("the GIF is damaged: a frame is not complete");
  return indices;
}

/// The row of the frame that the stored row `i` is: every eighth, then those between.
std::vector<int> row_order(const Frame& frame) {
  std::vector<int> rows;
  const int starts[] = {0, 4, 2, 1}, steps[] = {8, 8, 4, 2};
  for (int pass = 0; pass < 4 && frame.interlaced; ++pass)
    for (int y = starts[pass]; y < frame.height; y += steps[pass]) rows.push_back(y);
  for (int y = 0; y < frame.height && !frame.interlaced; ++y) rows.push_back(y);
  return rows;
}

/// The part of a frame that lies on the canvas, as RGBA.
Raster decode_frame(const Reader& file, const Frame& frame, const Gif& gif) {
  const std::vector<uint8_t> indices =
      decompress(file, frame.data, size_t(frame.width) * size_t(frame.height));
  const std::vector<int> rows = row_order(frame);
  Raster shown = make_raster(std::min(frame.width, gif.width - frame.x),
                             std::min(frame.height, gif.height - frame.y), 3, true, 8);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] >= shown.height) continue;
    std::byte* to = shown.row(rows[i]);
    const uint8_t* from = &indices[i * static_cast<size_t>(frame.width)];
    for (int x = 0; x < shown.width; ++x, to += 4) {
      const size_t colour = size_t{3} * from[x];
      if (from[x] == frame.transparent) continue;
      if (colour + 3 <= frame.palette.size()) std::copy_n(&frame.palette[colour], 3, to);
      to[3] = std::byte{0xFF};
    }
  }
  return shown;
}

bool all_grey(Bytes palette) {
  for (size_t i = 0; i < palette.size(); i += 3)
    if (palette[i] != palette[i + 1] || palette[i] != palette[i + 2]) return false;
  return true;
}

}  // namespace

ImageHeader probe_gif(Bytes bytes) {
  const Reader file(bytes, false);
  return {"gif", file.u16(6), file.u16(8)};
}

Decoded decode_gif(Bytes bytes, int page) {
  const Gif gif = read_blocks(bytes);
  require_page(page, static_cast<int>(gif.frames.size()), "frames");
  const Reader file(bytes, false);
  Canvas canvas(gif.width, gif.height, 3, 8);
  bool grey = true;
  for (size_t i = 0; i < static_cast<size_t>(page); ++i) {
    const Frame& frame = gif.frames[i];
    grey &= all_grey(frame.palette);
    if (frame.x < gif.width && frame.y < gif.height)
      canvas.show(decode_frame(file, frame, gif), frame.x, frame.y, frame.dispose, true);
  }
  Decoded decoded;
  decoded.raster = canvas.picture();
  if (grey) drop_colour(decoded.raster);
  decoded.pages = static_cast<int>(gif.frames.size());
  return decoded;
}

}  // namespace imago::formats

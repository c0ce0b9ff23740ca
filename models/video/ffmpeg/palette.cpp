#include "models/video/ffmpeg/palette.h"

#include <algorithm>
#include <array>
#include <vector>

namespace imago::ffmpeg {
namespace {

using Colour = std::array<uint8_t, 3>;

// Colours are counted by their upper five bits.
constexpr int kBits = 5, kBins = 1 << (3 * kBits);

int bin_of(int red, int green, int blue) {
  constexpr int kShift = 8 - kBits;
  return (red >> kShift) << (2 * kBits) | (green >> kShift) << kBits | blue >> kShift;
}

struct Bin {
  std::array<int64_t, 3> sum{};
  int64_t count = 0;
  uint8_t mean(size_t channel) const {
    return static_cast<uint8_t>((sum[channel] + count / 2) / count);
  }
};

/// Bins from `begin` to `end`, to be one colour.
struct Box {
  size_t begin, end;
  size_t longest = 0;
  double weight = 0;  // extent along the longest side times the pixels in it
};

Box measured(size_t begin, size_t end, const std::vector<Bin>& bins) {
  Box box{begin, end};
  int64_t count = 0;
  int extent = 0;
  for (size_t i = begin; i < end; ++i) count += bins[i].count;
  for (size_t channel = 0; channel < 3; ++channel) {
    int least = 255, most = 0;
    for (size_t i = begin; i < end; ++i) {
      least = std::min<int>(least, bins[i].mean(channel));
      most = std::max<int>(most, bins[i].mean(channel));
    }
    if (most - least > extent) extent = most - least, box.longest = channel;
  }
  box.weight = extent * static_cast<double>(count);
  return box;
}

/// Splits the box at the median of its pixels along its longest side.
std::pair<Box, Box> split(const Box& box, std::vector<Bin>& bins) {
  const auto at = [&](size_t i) { return bins.begin() + static_cast<std::ptrdiff_t>(i); };
  std::sort(at(box.begin), at(box.end),
            [&](const Bin& a, const Bin& b) { return a.mean(box.longest) < b.mean(box.longest); });
  int64_t all = 0, below = 0;
  for (size_t i = box.begin; i < box.end; ++i) all += bins[i].count;
  size_t middle = box.begin;
  while (middle + 1 < box.end && below < all / 2) below += bins[middle++].count;
  middle = std::clamp(middle, box.begin + 1, box.end - 1);
  return {measured(box.begin, middle, bins), measured(middle, box.end, bins)};
}

std::vector<Colour> median_cut(std::vector<Bin> bins, size_t most) {
  std::erase_if(bins, [](const Bin& bin) { return bin.count == 0; });
  if (bins.empty()) return {Colour{}};
  std::vector<Box> boxes = {measured(0, bins.size(), bins)};
  while (boxes.size() < most) {
    const auto widest = std::ranges::max_element(boxes, {}, &Box::weight);
    if (widest->weight <= 0) break;
    const auto [first, second] = split(*widest, bins);
    *widest = first;
    boxes.push_back(second);
  }
  std::vector<Colour> colours;
  for (const Box& box : boxes) {
    Bin all;
    for (size_t i = box.begin; i < box.end; ++i) {
      all.count += bins[i].count;
      for (size_t c = 0; c < 3; ++c) all.sum[c] += bins[i].sum[c];
    }
    colours.push_back({all.mean(0), all.mean(1), all.mean(2)});
  }
  return colours;
}

/// The nearest colour, looked up once for all colours of a bin.
class Nearest {
 public:
  explicit Nearest(const std::vector<Colour>& colours) : colours_(colours), known_(kBins, -1) {}

  size_t of(const std::array<int, 3>& wanted) {
    int& index = known_[static_cast<size_t>(bin_of(wanted[0], wanted[1], wanted[2]))];
    if (index < 0) {
      int best = INT32_MAX;
      for (size_t i = 0; i < colours_.size(); ++i) {
        int distance = 0;
        for (size_t c = 0; c < 3; ++c)
          distance += (wanted[c] - colours_[i][c]) * (wanted[c] - colours_[i][c]);
        if (distance < best) best = distance, index = static_cast<int>(i);
      }
    }
    return static_cast<size_t>(index);
  }

 private:
  const std::vector<Colour>& colours_;
  std::vector<int> known_;
};

/// FFmpeg's encoder takes the first frame's for that of all.
constexpr uint8_t kTransparent = 0;

bool opaque(const Raster& raster, const uint8_t* pixel) { return !raster.alpha || pixel[3] >= 128; }

/// Writes indices of `colours`, after the transparent one where there is alpha; an error is spread
/// over the four neighbours that come later.
void dither(const Raster& raster, const std::vector<Colour>& colours, AVFrame& frame) {
  Nearest nearest(colours);
  const size_t first = raster.alpha ? kTransparent + 1 : 0;
  const auto width = static_cast<size_t>(raster.width);
  const size_t step = raster.pixel_bytes();
  std::vector<int> errors((width + 2) * 3), below((width + 2) * 3);  // times 16
  for (int y = 0; y < raster.height; ++y) {
    const auto* pixel = reinterpret_cast<const uint8_t*>(raster.row(y));
    uint8_t* to = frame.data[0] + static_cast<ptrdiff_t>(y) * frame.linesize[0];
    for (size_t x = 0; x < width; ++x, pixel += step) {
      if (!opaque(raster, pixel)) {
        to[x] = kTransparent;
        continue;
      }
      std::array<int, 3> wanted;
      for (size_t c = 0; c < 3; ++c)
        wanted[c] = std::clamp(pixel[c] + errors[(x + 1) * 3 + c] / 16, 0, 255);
      const size_t index = nearest.of(wanted);
      to[x] = static_cast<uint8_t>(first + index);
      for (size_t c = 0; c < 3; ++c) {
        const int error = wanted[c] - colours[index][c];
        errors[(x + 2) * 3 + c] += 7 * error;
        below[x * 3 + c] += 3 * error;
        below[(x + 1) * 3 + c] += 5 * error;
        below[(x + 2) * 3 + c] += error;
      }
    }
    errors.swap(below);
    std::ranges::fill(below, 0);
  }
}

}  // namespace

Frame paletted(const Raster& raster) {
  std::vector<Bin> bins(kBins);
  const size_t step = raster.pixel_bytes();
  for (size_t at = 0; at < raster.samples.size(); at += step) {
    const auto* pixel = reinterpret_cast<const uint8_t*>(&raster.samples[at]);
    if (!opaque(raster, pixel)) continue;
    Bin& bin = bins[static_cast<size_t>(bin_of(pixel[0], pixel[1], pixel[2]))];
    for (size_t c = 0; c < 3; ++c) bin.sum[c] += pixel[c];
    ++bin.count;
  }
  const std::vector<Colour> colours = median_cut(std::move(bins), raster.alpha ? 255 : 256);
  Frame frame = make_frame();
  frame->format = AV_PIX_FMT_PAL8;
  frame->width = raster.width;
  frame->height = raster.height;
  check(av_frame_get_buffer(frame.get(), 0), "cannot make a frame");
  auto* palette = reinterpret_cast<uint32_t*>(frame->data[1]);
  std::fill_n(palette, 256, raster.alpha ? 0u : 0xff000000u);
  for (size_t i = 0, at = raster.alpha ? kTransparent + 1 : 0; i < colours.size(); ++i, ++at)
    palette[at] = 0xff000000u | static_cast<uint32_t>(colours[i][0]) << 16 |
                  static_cast<uint32_t>(colours[i][1]) << 8 | colours[i][2];
  dither(raster, colours, *frame);
  return frame;
}

}  // namespace imago::ffmpeg

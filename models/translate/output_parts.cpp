#include "models/translate/output_parts.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "compute/ops/bytes.h"

namespace imago {
namespace {

constexpr int kPartRows = 64;  // of an OutputPart at most

/// A translated window of which the core is a part of the result.
struct Translated {
  std::span<const float> window;
  const Tile& tile;
  const TileGrid& grid;
  const ModelInfo& info;

  int width() const { return tile.width * info.scale; }
  int height() const { return tile.height * info.scale; }
  std::span<const float> row(int c, int y) const {
    return core_row(window, tile, grid, info.scale, c, y, 0, width());
  }
};

[[noreturn]] void throw_not_finite(const ModelInfo& info, int64_t count, int64_t of) {
  throw NotFinite(
      (info.name.empty() ? info.architecture : info.name + " (" + info.architecture + ")") +
      ": what the network makes of this picture is not finite (" + std::to_string(count) + " of " +
      std::to_string(of) +
      " values are NaN or infinite): it overflows, or its file is damaged; try weights stored in "
      "fp32, another device (-g), or get the file anew");
}

void require_finite(const Translated& result) {
  const ModelInfo& info = result.info;
  int64_t count = 0;
  for (int c = 0; c < info.out_channels; ++c)
    for (int y = 0; y < result.height(); ++y)
      for (const float value : result.row(c, y)) count += std::isfinite(value) ? 0 : 1;
  if (count > 0)
    throw_not_finite(info, count, int64_t{info.out_channels} * result.height() * result.width());
}

/// Rows `y` to `y + rows` of the result, clamped to the network's range.
Planes part_of(const Translated& result, int y, int rows) {
  const float low = result.info.input_low, high = result.info.input_high;
  Planes part(result.info.out_channels, rows, result.width());
  for (int c = 0; c < part.channels; ++c)
    for (int i = 0; i < rows; ++i)
      std::ranges::transform(result.row(c, y + i), part.row(c, i),
                             [&](float value) { return std::clamp(value, low, high); });
  return part;
}

/// The tile's core in a window of bytes, which lie behind a head.
void hand_on_bytes(std::span<const float> words, const Tile& tile, const TileGrid& grid,
                   const ModelInfo& info, int& rows_done, const OutputSink& sink) {
  if (const auto bad = std::bit_cast<uint32_t>(words[0]); bad > 0)
    throw_not_finite(info, bad,
                     int64_t{info.out_channels} * info.scale * info.scale * grid.window_width *
                         grid.window_height);
  const int top = tile.y * info.scale, bottom = top + tile.height * info.scale;
  const int first = std::max(top, rows_done);
  const auto size = [](int value) { return static_cast<size_t>(value); };
  const size_t stride = size(grid.window_width * info.scale) * size(info.out_channels);
  const size_t row = size((tile.y - tile.window_y) * info.scale + first - top);
  const size_t column = size((tile.x - tile.window_x) * info.scale) * size(info.out_channels);
  const std::byte* bytes = std::as_bytes(words.subspan(kByteHead)).data() + row * stride + column;
  if (first < bottom)
    sink.take_bytes({tile.x * info.scale, first, tile.width * info.scale, bottom - first,
                     info.out_channels, bytes, stride, bottom});
  if (tile.x + tile.width == grid.width) rows_done = bottom;
}

}  // namespace

OutputSink clipped(OutputSink sink, int width, int height) {
  OutputSink::TakeBytes take_bytes;
  if (sink.take_bytes)
    take_bytes = [take = std::move(sink.take_bytes), width, height](BytePart part) {
      part.width = std::min(part.width, width - part.x);
      part.height = std::min(part.height, height - part.y);
      part.band_end = std::min(part.band_end, height);
      if (part.width > 0 && part.height > 0) take(part);
    };
  return {[take = std::move(sink.take), width, height](const OutputPart& part) {
            const int columns = std::min(part.values.width, width - part.x);
            const int rows = std::min(part.values.height, height - part.y);
            if (columns <= 0 || rows <= 0) return;
            const int band_end = std::min(part.band_end, height);
            if (columns == part.values.width && rows == part.values.height)
              take({part.x, part.y, part.values, band_end});
            else
              take({part.x, part.y, cropped(part.values, columns, rows), band_end});
          },
          std::move(take_bytes)};
}

OutputSink into(Planes& result) {
  return [&result](const OutputPart& part) {
    for (int c = 0; c < result.channels; ++c)
      for (int y = 0; y < part.values.height; ++y)
        std::copy_n(part.values.row(c, y), part.values.width, result.row(c, part.y + y) + part.x);
  };
}

Ports ports_of(const PlaneReader& picture, const ModelInfo& info, bool wants_bytes) {
  return {picture.samples, wants_bytes && (info.out_channels == 1 || info.out_channels == 3)};
}

void give_window(const PlaneReader& picture, const Tile& tile, const TileGrid& grid,
                 const Ports& ports, ByteTables& tables, Program& program, int slot) {
  if (ports.samples > 0) {
    std::ranges::copy(tables.levels(ports.samples), program.input("levels", slot).begin());
    copy_window(picture, tile, grid, std::as_writable_bytes(program.input("pixels", slot)));
  } else {
    copy_window(picture, tile, grid, program.input("x", slot));
  }
  if (ports.bytes)
    std::ranges::copy(tables.thresholds(), program.input("thresholds", slot).begin());
}

void hand_on(std::span<const float> window, const Tile& tile, const TileGrid& grid,
             const ModelInfo& info, int& rows_done, const OutputSink& sink) {
  const Translated result{window, tile, grid, info};
  const int top = tile.y * info.scale, bottom = top + result.height();
  require_finite(result);
  for (int y = std::max(top, rows_done); y < bottom; y += kPartRows)
    sink.take({tile.x * info.scale, y, part_of(result, y - top, std::min(kPartRows, bottom - y)),
               bottom});
  if (tile.x + tile.width == grid.width) rows_done = bottom;
}

void hand_on(const Program& program, int slot, const Ports& ports, const Tile& tile,
             const TileGrid& grid, const ModelInfo& info, int& rows_done, const OutputSink& sink) {
  if (ports.bytes)
    hand_on_bytes(program.output("pixels", slot), tile, grid, info, rows_done, sink);
  else
    hand_on(program.output("y", slot), tile, grid, info, rows_done, sink);
}

}  // namespace imago

#include "models/translate/mean_rows.h"

#include <algorithm>

namespace imago {
namespace {

constexpr int kPartRows = 64;  // that the sink is given at once

int most_above(int shifts, const ModelInfo& info) {
  int most = 0;
  for (int shift = 0; shift < shifts; ++shift) most = std::max(most, shift_place(shift, info).top);
  return most;
}

}  // namespace

MeanRows::MeanRows(const PlaneReader& picture, const ModelInfo& info, const TileGrid& grid,
                   int shifts, int turns)
    : height_(picture.height),
      grid_height_(grid.height),
      above_(most_above(shifts, info)),
      scale_(info.scale),
      info_(info),
      weight_(1.0f / static_cast<float>(shifts * turns)),
      held_(info.out_channels, std::min(grid.tiles.front().height + above_, height_) * scale_,
            picture.width * scale_) {}

OutputSink MeanRows::sink_of(int shift) {
  const Place place = shift_place(shift, info_);
  return [this, left = place.left * scale_, top = place.top * scale_](const OutputPart& part) {
    const int bottom = std::min(part.y - top + part.values.height, height_ * scale_);
    if (bottom > first_ + held_.height)
      throw Error("a pass over a picture is further down than the others");
    accumulate(held_, part.values, part.x - left, part.y - top - first_, weight_);
  };
}

void MeanRows::finish_band(const Tile& tile, const OutputSink& sink) {
  const int bottom = tile.y + tile.height;
  const int complete = bottom == grid_height_ ? height_ : std::min(bottom - above_, height_);
  const int count = complete * scale_ - first_;
  if (count <= 0) return;
  for (int row = 0; row < count; row += kPartRows) {
    const int rows = std::min(kPartRows, count - row);
    const Planes part = cropped(held_, held_.width, rows, 0, row);
    sink.take({0, first_ + row, part, first_ + row + rows});
  }
  const auto plane = static_cast<std::ptrdiff_t>(held_.values.size()) / held_.channels;
  for (int c = 0; c < held_.channels; ++c) {
    const auto begin = held_.values.begin() + c * plane, end = begin + plane;
    std::fill(std::copy(begin + std::ptrdiff_t{count} * held_.width, end, begin), end, 0.0f);
  }
  first_ += count;
}

void MeanRows::begin_again() { std::ranges::fill(held_.values, 0.0f); }

}  // namespace imago

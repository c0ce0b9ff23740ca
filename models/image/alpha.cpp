#include "models/image/alpha.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace imago {

std::vector<AlphaScaler::Taps> AlphaScaler::make_taps(int size, int new_size) {
  if (size < 1 || new_size < 1) throw ImageError("cannot resize the alpha to nothing");
  std::vector<Taps> all(static_cast<size_t>(new_size));
  const double step = static_cast<double>(size) / new_size;
  for (int i = 0; i < new_size; ++i) {
    Taps& taps = all[static_cast<size_t>(i)];
    if (new_size >= size) {  // between the two centres around it
      const double centre = std::clamp((i + 0.5) * step - 0.5, 0.0, size - 1.0);
      taps.first = std::min(static_cast<int>(centre), std::max(size - 2, 0));
      const auto share = static_cast<float>(centre - taps.first);
      taps.weights = {1 - share};
      if (size > 1) taps.weights.push_back(share);
      continue;
    }
    const double from = i * step, to = std::min((i + 1) * step, static_cast<double>(size));
    taps.first = static_cast<int>(from);
    for (int j = taps.first; j < size && j < to; ++j)
      taps.weights.push_back(
          static_cast<float>((std::min(to, j + 1.0) - std::max(from, double(j))) / (to - from)));
  }
  return all;
}

AlphaScaler::AlphaScaler(const std::vector<float>& alpha, int width, int height, int new_width,
                         int new_height)
    : plane_(&alpha),
      width_(width),
      columns_(make_taps(width, new_width)),
      rows_(make_taps(height, new_height)) {}

AlphaScaler::AlphaScaler(const Raster& raster, int new_width, int new_height)
    : raster_(&raster),
      width_(raster.width),
      columns_(make_taps(raster.width, new_width)),
      rows_(make_taps(raster.height, new_height)) {}

float AlphaScaler::at(int x, int y) const {
  if (plane_) return (*plane_)[static_cast<size_t>(y) * static_cast<size_t>(width_) + size_t(x)];
  const std::byte* sample =
      raster_->row(y) + (static_cast<size_t>(x) + 1) * raster_->pixel_bytes() - raster_->bits / 8;
  if (raster_->bits == 8) return static_cast<float>(std::to_integer<int>(*sample)) / 255;
  uint16_t value;
  std::memcpy(&value, sample, 2);
  return static_cast<float>(value) / 65535;
}

void AlphaScaler::row(int y, int x, std::span<float> values) const {
  if (values.empty()) return;
  const Taps& down = rows_[static_cast<size_t>(y)];
  const auto taps = std::span(columns_).subspan(static_cast<size_t>(x), values.size());
  const int begin = taps.front().first;
  const int end = taps.back().first + static_cast<int>(taps.back().weights.size());
  std::vector<float> mixed(static_cast<size_t>(end - begin));
  for (int column = begin; column < end; ++column) {
    const float first = at(column, down.first);
    float sum = 0;
    bool same = true;
    for (size_t i = 0; i < down.weights.size(); ++i) {
      const float value = at(column, down.first + static_cast<int>(i));
      same &= value == first;
      sum += down.weights[i] * value;
    }
    mixed[static_cast<size_t>(column - begin)] = same ? first : sum;
  }
  for (size_t i = 0; i < taps.size(); ++i) {
    const Taps& across = taps[i];
    const float* from = &mixed[static_cast<size_t>(across.first - begin)];
    const auto same = [&](float value) { return value == from[0]; };
    float sum = 0;
    for (size_t k = 0; k < across.weights.size(); ++k) sum += across.weights[k] * from[k];
    if (std::all_of(from, from + across.weights.size(), same)) sum = from[0];
    values[i] = std::clamp(sum, 0.0f, 1.0f);
  }
}

std::vector<float> resize_alpha(const std::vector<float>& alpha, int width, int height,
                                int new_width, int new_height) {
  const AlphaScaler scaler(alpha, width, height, new_width, new_height);
  const auto row = static_cast<size_t>(new_width);
  std::vector<float> result(row * static_cast<size_t>(new_height));
  for (int y = 0; y < new_height; ++y)
    scaler.row(y, 0, std::span(result).subspan(static_cast<size_t>(y) * row, row));
  return result;
}

}  // namespace imago

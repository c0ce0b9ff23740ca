#include "models/translate/resampled_rows.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace imago {
namespace {

/// Lanczos's window of four lobes.
double lanczos(double x) {
  if (std::abs(x) < 1e-9) return 1;
  if (std::abs(x) >= 4) return 0;
  const double a = std::numbers::pi * x;
  return 4 * std::sin(a) * std::sin(a / 4) / (a * a);
}

}  // namespace

std::vector<ResampledRows::Taps> ResampledRows::taps_of(int size, int new_size) {
  const double step = static_cast<double>(size) / new_size;
  std::vector<Taps> all;
  all.reserve(static_cast<size_t>(new_size));
  for (int i = 0; i < new_size; ++i) {
    Taps taps;
    double sum = 0;
    const auto add = [&](double weight) {
      taps.weights.push_back(static_cast<float>(weight));
      sum += weight;
    };
    if (new_size > size) {
      const double place = (i + 0.5) * step - 0.5;
      taps.first = static_cast<int>(std::floor(place)) - 3;
      for (int k = 0; k < 8; ++k) add(lanczos(place - (taps.first + k)));
    } else {
      const double begin = i * step, end = (i + 1) * step;
      taps.first = std::min(static_cast<int>(begin), size - 1);
      for (int k = taps.first; k < size && (k < end - 1e-9 || k == taps.first); ++k)
        add(std::min<double>(k + 1, end) - std::max<double>(k, begin));
    }
    for (float& weight : taps.weights) weight = static_cast<float>(weight / sum);
    all.push_back(std::move(taps));
  }
  return all;
}

ResampledRows::ResampledRows(ImageWriter& writer, const ModelInfo& info, int width, int height,
                             const AlphaScaler* alpha, bool grey)
    : writer_(writer),
      info_(info),
      alpha_(alpha),
      grey_(grey),
      width_(width),
      height_(height),
      channels_(info.out_channels >= 3 ? 3 : 1),
      columns_(taps_of(width, writer.layout().width)),
      rows_(taps_of(height, writer.layout().height)) {}

void ResampledRows::add(const OutputPart& part) {
  if (part.y >= band_end_) end_band();
  band_end_ = part.band_end;  // of a band that is begun again it may be another
  const auto row_length = static_cast<size_t>(width_) * static_cast<size_t>(channels_);
  band_.resize(static_cast<size_t>(band_end_ - band_begin_) * row_length);
  const float low = info_.input_low, range = info_.input_high - info_.input_low;
  for (int y = 0; y < part.values.height; ++y) {
    uint16_t* to = &band_[static_cast<size_t>(part.y + y - band_begin_) * row_length +
                          static_cast<size_t>(part.x) * static_cast<size_t>(channels_)];
    for (int c = 0; c < channels_; ++c) {
      const float* from = part.values.row(c, y);
      for (int x = 0; x < part.values.width; ++x) {
        const float value = std::clamp((from[x] - low) / range, 0.0f, 1.0f);
        to[x * channels_ + c] = static_cast<uint16_t>(std::lround(value * 65535));
      }
    }
  }
}

std::vector<float> ResampledRows::resampled(const uint16_t* row) const {
  std::vector<float> result;
  result.reserve(columns_.size() * static_cast<size_t>(channels_));
  for (const Taps& taps : columns_) {
    for (int c = 0; c < channels_; ++c) {
      float sum = 0;
      for (int x = taps.first; const float weight : taps.weights)
        sum += weight * static_cast<float>(row[std::clamp(x++, 0, width_ - 1) * channels_ + c]);
      result.push_back(sum / 65535);
    }
  }
  return result;
}

/// All rows of the band are there: what can be made of them and those before is written.
void ResampledRows::end_band() {
  const auto row_length = static_cast<size_t>(width_) * static_cast<size_t>(channels_);
  for (int y = band_begin_; y < band_end_; ++y) {
    waiting_.push_back(resampled(&band_[static_cast<size_t>(y - band_begin_) * row_length]));
    while (written_ < writer_.layout().height &&
           std::min(rows_[static_cast<size_t>(written_)].end(), height_) <= y + 1)
      write_row(written_++);
    if (written_ == writer_.layout().height) continue;
    const int needed = std::max(rows_[static_cast<size_t>(written_)].first, 0);
    for (; waiting_begin_ < needed && waiting_.size() > 1; ++waiting_begin_) waiting_.pop_front();
  }
  band_begin_ = band_end_;
}

void ResampledRows::write_row(int y) {
  const RowLayout& layout = writer_.layout();
  const auto length = static_cast<size_t>(layout.width) * static_cast<size_t>(channels_);
  std::vector<float> pixels(length), alpha(alpha_ ? static_cast<size_t>(layout.width) : 0);
  const Taps& taps = rows_[static_cast<size_t>(y)];
  for (int from = taps.first; const float weight : taps.weights) {
    const int row = std::clamp(from++, 0, height_ - 1);
    const std::vector<float>& values = waiting_[static_cast<size_t>(row - waiting_begin_)];
    for (size_t i = 0; i < length; ++i) pixels[i] += weight * values[i];
  }
  for (float& value : pixels) value = std::clamp(value, 0.0f, 1.0f);
  if (grey_ && channels_ == 3)
    for (size_t x = 0; x < length / 3; ++x)
      pixels[x] =
          std::clamp(luma_of(pixels[3 * x], pixels[3 * x + 1], pixels[3 * x + 2]), 0.0f, 1.0f);
  if (alpha_) alpha_->row(y, 0, alpha);
  std::vector<std::byte> bytes(layout.row_bytes());
  quantise_row(pixels.data(), grey_ ? 1 : channels_, alpha_ ? alpha.data() : nullptr, layout, y,
               bytes.data());
  writer_.write_rows(bytes);
}

void ResampledRows::finish() { end_band(); }

}  // namespace imago

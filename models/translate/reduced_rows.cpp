#include "models/translate/reduced_rows.h"

#include <algorithm>

namespace imago {

std::vector<ReducedRows::Share> ReducedRows::shares_of(int size, int new_size) {
  const double factor = static_cast<double>(new_size) / size;  // at most 1
  std::vector<Share> shares;
  shares.reserve(static_cast<size_t>(size));
  for (int i = 0; i < size; ++i) {
    const double begin = i * factor, end = (i + 1) * factor;
    const int first = std::min(static_cast<int>(begin), new_size - 1);
    const double next = std::max(0.0, end - (first + 1));
    shares.push_back({first, end - begin - next, first + 1 < new_size ? next : 0});
  }
  return shares;
}

ReducedRows::ReducedRows(ImageWriter& writer, const ModelInfo& info, int width, int height,
                         const AlphaScaler* alpha, bool grey)
    : writer_(writer),
      info_(info),
      alpha_(alpha),
      grey_(grey),
      channels_(info.out_channels >= 3 ? 3 : 1),
      columns_(shares_of(width, writer.layout().width)),
      rows_(shares_of(height, writer.layout().height)) {}

double* ReducedRows::sums_of(int row) {
  const auto length = static_cast<size_t>(writer_.layout().width) * static_cast<size_t>(channels_);
  const auto index = static_cast<size_t>(row - written_);
  if (sums_.size() < (index + 1) * length) sums_.resize((index + 1) * length);
  return &sums_[index * length];
}

void ReducedRows::add(const OutputPart& part) {
  if (part.y >= band_end_ && band_end_ > 0)  // all above is there, the row they share is not
    write_below(rows_[static_cast<size_t>(part.y)].first);
  band_end_ = part.band_end;
  const float low = info_.input_low, range = info_.input_high - info_.input_low;
  for (int y = 0; y < part.values.height; ++y) {
    const Share& row = rows_[static_cast<size_t>(part.y + y)];
    for (const auto& [target, share] :
         {std::pair(row.first, row.in_first), std::pair(row.first + 1, row.in_next)}) {
      if (share == 0) continue;
      double* sums = sums_of(target);
      for (int c = 0; c < channels_; ++c) {
        const float* from = part.values.row(c, y);
        for (int x = 0; x < part.values.width; ++x) {
          const Share& column = columns_[static_cast<size_t>(part.x + x)];
          const double value = share * std::clamp((from[x] - low) / range, 0.0f, 1.0f);
          double* sum = sums + column.first * channels_ + c;
          sum[0] += column.in_first * value;
          if (column.in_next > 0) sum[channels_] += column.in_next * value;
        }
      }
    }
  }
}

void ReducedRows::write_below(int end) {
  if (end <= written_) return;
  const RowLayout& layout = writer_.layout();
  const auto length = static_cast<size_t>(layout.width) * static_cast<size_t>(channels_);
  std::vector<float> pixels(length), alpha(alpha_ ? static_cast<size_t>(layout.width) : 0);
  std::vector<std::byte> bytes(layout.row_bytes());
  for (int y = written_; y < end; ++y) {
    const double* sums = sums_of(y);
    for (size_t i = 0; i < length; ++i) pixels[i] = static_cast<float>(sums[i]);
    if (grey_ && channels_ == 3)
      for (size_t x = 0; x < length / 3; ++x)
        pixels[x] =
            std::clamp(luma_of(pixels[3 * x], pixels[3 * x + 1], pixels[3 * x + 2]), 0.0f, 1.0f);
    if (alpha_) alpha_->row(y, 0, alpha);
    quantise_row(pixels.data(), grey_ ? 1 : channels_, alpha_ ? alpha.data() : nullptr, layout, y,
                 bytes.data());
    writer_.write_rows(bytes);
  }
  const auto done = static_cast<std::ptrdiff_t>(static_cast<size_t>(end - written_) * length);
  sums_.erase(sums_.begin(), sums_.begin() + std::min(done, std::ssize(sums_)));
  written_ = end;
}

void ReducedRows::finish() { write_below(writer_.layout().height); }

}  // namespace imago

#include "models/translate/row_assembler.h"

#include <algorithm>
#include <utility>

namespace imago {

RowAssembler::RowAssembler(ImageWriter& writer, const ModelInfo& info, const AlphaScaler* alpha,
                           bool grey)
    : writer_(writer), info_(info), alpha_(alpha), grey_(grey) {}

/// Rows of a part, `stride` bytes from one to the next.
void RowAssembler::quantise(const OutputPart& part, std::byte* rows, size_t stride) const {
  const float low = info_.input_low, range = info_.input_high - info_.input_low;
  const int width = part.values.width, channels = part.values.channels >= 3 ? 3 : 1;
  RowLayout layout = writer_.layout();
  std::vector<float> pixels(static_cast<size_t>(width) * static_cast<size_t>(channels)), alpha;
  if (alpha_) alpha.resize(static_cast<size_t>(width));
  layout.width = width;
  for (int y = 0; y < part.values.height; ++y) {
    for (int c = 0; c < channels; ++c) {
      const float* from = part.values.row(c, y);
      for (int x = 0; x < width; ++x)
        pixels[static_cast<size_t>(x * channels + c)] =
            std::clamp((from[x] - low) / range, 0.0f, 1.0f);
    }
    if (grey_ && channels == 3)
      for (int x = 0; x < width; ++x) {
        const float* pixel = &pixels[static_cast<size_t>(3 * x)];
        pixels[static_cast<size_t>(x)] =
            std::clamp(luma_of(pixel[0], pixel[1], pixel[2]), 0.0f, 1.0f);
      }
    if (alpha_) alpha_->row(part.y + y, part.x, alpha);
    quantise_row(pixels.data(), grey_ ? 1 : channels, alpha_ ? alpha.data() : nullptr, layout,
                 part.y + y, rows + static_cast<size_t>(y) * stride);
  }
}

/// Piece by piece, so that a writer in the background does not copy all of a large band.
void RowAssembler::write_band() {
  constexpr size_t kPieceBytes = size_t{4} << 20;
  const size_t row = writer_.layout().row_bytes();
  if (band_end_ <= written_) return;
  auto rest =
      std::span(std::as_const(band_)).first(static_cast<size_t>(band_end_ - written_) * row);
  const size_t piece = std::max<size_t>(1, kPieceBytes / row) * row;
  for (; !rest.empty(); rest = rest.subspan(std::min(piece, rest.size())))
    writer_.write_rows(rest.first(std::min(piece, rest.size())));
  written_ = band_end_;
}

/// Where pixel (x, y) lies in the band.
std::byte* RowAssembler::place(int x, int y, int band_end) {
  const RowLayout& layout = writer_.layout();
  const size_t row = layout.row_bytes(), pixel = row / static_cast<size_t>(layout.width);
  if (y >= band_end_) write_band();
  band_end_ = band_end;
  band_.resize(static_cast<size_t>(band_end_ - written_) * row);
  return &band_[static_cast<size_t>(y - written_) * row + static_cast<size_t>(x) * pixel];
}

/// After a part with this edge: a band as wide as the result is one part.
void RowAssembler::write_complete(int width, int bottom) {
  if (width == writer_.layout().width && bottom == band_end_) write_band();
}

void RowAssembler::add(const OutputPart& part) {
  quantise(part, place(part.x, part.y, part.band_end), writer_.layout().row_bytes());
  write_complete(part.values.width, part.y + part.values.height);
}

void RowAssembler::add(const BytePart& part) {
  const RowLayout& layout = writer_.layout();
  std::byte* rows = place(part.x, part.y, part.band_end);
  const auto width = static_cast<size_t>(part.width);
  const auto samples = static_cast<size_t>(layout.channels);
  for (int y = 0; y < part.height; ++y, rows += layout.row_bytes()) {
    const std::byte* from = part.bytes + static_cast<size_t>(y) * part.stride;
    if (part.channels == layout.channels)
      std::copy_n(from, width * samples, rows);
    else  // grey as RGB
      for (size_t i = 0; i < width * samples; ++i) rows[i] = from[i / samples];
  }
  write_complete(part.width, part.y + part.height);
}

void RowAssembler::finish() { write_band(); }

}  // namespace imago

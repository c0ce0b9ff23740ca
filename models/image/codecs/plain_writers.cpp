// BMP and Netpbm, which hold little but the samples.
#include <algorithm>
#include <bit>
#include <cmath>

#include "models/image/output.h"

namespace imago {
namespace {

void append(std::vector<std::byte>& to, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to.push_back(static_cast<std::byte>(value >> (8 * i)));
}

/// 24 bits of colour, or 8 with a palette of greys. Keeps the rows: the file begins with the last.
class BmpWriter : public ImageWriter {
 public:
  BmpWriter(std::unique_ptr<Output> output, const RowLayout& layout,
            const std::optional<Resolution>& resolution)
      : ImageWriter(layout), resolution_(resolution), output_(std::move(output)) {}

  void write_rows(std::span<const std::byte> rows) override {
    pixels_.insert(pixels_.end(), rows.begin(), rows.end());
  }

  void finish() override {
    const size_t row = layout_.row_bytes(), stride = (row + 3) / 4 * 4;
    // check_output_size has seen that the size fits into its field.
    output_->write(header(static_cast<uint32_t>(stride * static_cast<size_t>(layout_.height))));
    std::vector<std::byte> stored(stride);
    for (int y = layout_.height - 1; y >= 0; --y) {
      std::copy_n(&pixels_[static_cast<size_t>(y) * row], row, stored.begin());
      if (layout_.channels == 3)  // blue first
        for (size_t i = 0; i < row; i += 3) std::swap(stored[i], stored[i + 2]);
      output_->write(stored);
    }
    output_->commit();
  }

 private:
  std::vector<std::byte> header(uint32_t size) const {
    const bool grey = layout_.channels == 1;
    const uint32_t start = 54 + (grey ? 1024 : 0);
    const auto per_metre = [](double inch) {
      return static_cast<uint32_t>(std::lround(std::min(inch / 0.0254, 2e9)));
    };
    std::vector<std::byte> bytes = {std::byte{'B'}, std::byte{'M'}};
    append(bytes, start + size, 4);
    append(bytes, 0, 4);
    append(bytes, start, 4);
    append(bytes, 40, 4);
    append(bytes, static_cast<uint32_t>(layout_.width), 4);
    append(bytes, static_cast<uint32_t>(layout_.height), 4);
    append(bytes, 1, 2);
    append(bytes, grey ? 8 : 24, 2);
    append(bytes, 0, 4);
    append(bytes, size, 4);
    append(bytes, resolution_ ? per_metre(resolution_->x) : 0, 4);
    append(bytes, resolution_ ? per_metre(resolution_->y) : 0, 4);
    append(bytes, grey ? 256 : 0, 4);
    append(bytes, 0, 4);
    for (uint32_t value = 0; grey && value < 256; ++value) append(bytes, value * 0x010101, 4);
    return bytes;
  }

  std::optional<Resolution> resolution_;
  std::unique_ptr<Output> output_;
  std::vector<std::byte> pixels_;
};

/// Binary PPM or PGM.
class PnmWriter : public ImageWriter {
 public:
  PnmWriter(std::unique_ptr<Output> output, const RowLayout& layout)
      : ImageWriter(layout), output_(std::move(output)) {
    const std::string header = std::string(layout.channels == 1 ? "P5" : "P6") + "\n" +
                               std::to_string(layout.width) + " " + std::to_string(layout.height) +
                               "\n" + (layout.bits == 16 ? "65535" : "255") + "\n";
    output_->write(std::as_bytes(std::span(header)));
  }

  void write_rows(std::span<const std::byte> rows) override {
    if (layout_.bits == 8 || std::endian::native == std::endian::big) return output_->write(rows);
    swapped_.assign(rows.begin(), rows.end());
    for (size_t i = 0; i + 1 < swapped_.size(); i += 2) std::swap(swapped_[i], swapped_[i + 1]);
    output_->write(swapped_);
  }

  void finish() override { output_->commit(); }

 private:
  std::unique_ptr<Output> output_;
  std::vector<std::byte> swapped_;
};

}  // namespace

std::unique_ptr<ImageWriter> make_bmp_writer(std::unique_ptr<Output> output,
                                             const RowLayout& layout, EncodedMetadata metadata,
                                             int) {
  return std::make_unique<BmpWriter>(std::move(output), layout, metadata.resolution);
}

std::unique_ptr<ImageWriter> make_pnm_writer(std::unique_ptr<Output> output,
                                             const RowLayout& layout, EncodedMetadata, int) {
  return std::make_unique<PnmWriter>(std::move(output), layout);
}

}  // namespace imago

// Rows of a result, kept in memory instead of a file. Internal to models/translate.
#pragma once

#include "models/translate/translator.h"

namespace imago {

/// Keeps the rows in `raster`, which must outlive the writer.
class RasterWriter : public ImageWriter {
 public:
  RasterWriter(const RowLayout& layout, Raster& raster) : ImageWriter(layout), raster_(raster) {
    raster = {};
    raster.width = layout.width;
    raster.height = layout.height;
    raster.channels = layout.channels;
    raster.alpha = layout.alpha;
    raster.bits = layout.bits;
    raster.samples.reserve(layout.row_bytes() * static_cast<size_t>(layout.height));
  }
  void write_rows(std::span<const std::byte> rows) override {
    raster_.samples.insert(raster_.samples.end(), rows.begin(), rows.end());
  }
  void finish() override {}

 private:
  Raster& raster_;
};

/// A picture as if it had been saved and opened again. `made` must outlive the writer.
inline OpenWriter into_raster(Raster& made) {
  return [&made](const RowLayout& layout, const ImageMetadata& metadata) {
    auto writer = std::make_unique<RasterWriter>(layout, made);
    made.metadata = metadata;
    return writer;
  };
}

}  // namespace imago

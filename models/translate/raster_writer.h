// Rows of a result, kept in memory instead of a file. Internal to models/translate.
#pragma once

#include "models/image/writer.h"

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

}  // namespace imago

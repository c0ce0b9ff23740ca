// The parts of a network's result put together to rows of bytes.
#pragma once

#include <vector>

#include "models/image/alpha.h"
#include "models/image/writer.h"
#include "models/translate/output_parts.h"

namespace imago {

/// Keeps the bytes of one band and hands its rows to a writer once they are complete.
class RowAssembler {
 public:
  /// `alpha`: of the result's size; null: opaque. `grey`: the luma of a result in colour. All must
  /// outlive the assembler.
  RowAssembler(ImageWriter& writer, const ModelInfo& info, const AlphaScaler* alpha, bool grey);

  /// Whether parts in bytes may be added: the rows are just those.
  static bool takes_bytes(const RowLayout& layout, bool alpha, bool grey) {
    return layout.bits == 8 && !layout.alpha && !alpha && !grey;
  }

  void add(const OutputPart& part);
  void add(const BytePart& part);
  /// After the last part: the rows of the last band.
  void finish();

 private:
  void quantise(const OutputPart& part, std::byte* rows, size_t stride) const;
  std::byte* place(int x, int y, int band_end);
  void write_complete(int width, int bottom);
  void write_band();

  ImageWriter& writer_;
  const ModelInfo& info_;
  const AlphaScaler* alpha_;
  const bool grey_;
  int written_ = 0, band_end_ = 0;  // rows
  std::vector<std::byte> band_;     // rows from `written_` on
};

}  // namespace imago

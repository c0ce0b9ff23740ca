// A network's result made smaller or larger while its parts come in.
#pragma once

#include <deque>
#include <vector>

#include "models/image/alpha.h"
#include "models/image/writer.h"
#include "models/translate/network_runner.h"

namespace imago {

/// Resamples as resize_plane does: the mean of areas where a side shrinks, Lanczos's filter of
/// eight taps where it grows. Of the network's result one band is held at once, with 16 bits a
/// value; a result that comes in one part, as a mean does, is one band.
class ResampledRows {
 public:
  /// `width` x `height`: of the network's result. `alpha`: of the writer's size; null: opaque.
  /// `grey`: the luma of a result in colour. All must outlive this.
  ResampledRows(ImageWriter& writer, const ModelInfo& info, int width, int height,
                const AlphaScaler* alpha, bool grey);

  /// Values are cut off beyond the network's range before they are resampled.
  void add(const OutputPart& part);
  /// After the last part: the rows that are left.
  void finish();

 private:
  /// A result's shares in the values from `first` on; it may reach beyond the ends, where the
  /// outermost value goes on.
  struct Taps {
    int first;
    std::vector<float> weights;
    int end() const { return first + static_cast<int>(weights.size()); }
  };
  static std::vector<Taps> taps_of(int size, int new_size);

  void end_band();
  std::vector<float> resampled(const uint16_t* row) const;
  void write_row(int y);

  ImageWriter& writer_;
  const ModelInfo& info_;
  const AlphaScaler* alpha_;
  const bool grey_;
  const int width_, height_, channels_;
  const std::vector<Taps> columns_, rows_;
  int band_begin_ = 0, band_end_ = 0;       // rows of the network's result
  std::vector<uint16_t> band_;              // [0, 1] as 0…65535, channels of a pixel side by side
  int written_ = 0;                         // rows of the writer's
  int waiting_begin_ = 0;                   // of the network's
  std::deque<std::vector<float>> waiting_;  // as wide as the writer's, for rows to come
};

}  // namespace imago

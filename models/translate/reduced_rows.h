// A network's result made smaller while its parts come in.
#pragma once

#include <vector>

#include "models/image/alpha.h"
#include "models/image/writer.h"
#include "models/translate/network_runner.h"

namespace imago {

/// Each pixel of the smaller picture is the mean of the area it covers of the larger one, so that
/// the larger one never exists as a whole: memory is a band of the smaller one.
class ReducedRows {
 public:
  /// `width` x `height`: of the network's result, neither below the writer's. `alpha`: of the
  /// writer's size; null: opaque. `grey`: the luma of a result in colour. All must outlive this.
  ReducedRows(ImageWriter& writer, const ModelInfo& info, int width, int height,
              const AlphaScaler* alpha, bool grey);

  /// Values are cut off beyond the network's range before the mean is taken.
  void add(const OutputPart& part);
  /// After the last part: the rows that are left.
  void finish();

 private:
  /// Where one line of the larger picture goes: its share in line `first` of the smaller one and in
  /// the next.
  struct Share {
    int first;
    double in_first, in_next;
  };
  static std::vector<Share> shares_of(int size, int new_size);
  double* sums_of(int row);
  void write_below(int end);

  ImageWriter& writer_;
  const ModelInfo& info_;
  const AlphaScaler* alpha_;
  const bool grey_;
  const int channels_;
  const std::vector<Share> columns_, rows_;
  int written_ = 0, band_end_ = 0;  // rows of the smaller picture, of the larger one
  std::vector<double> sums_;        // rows from `written_` on, all channels of a pixel side by side
};

}  // namespace imago

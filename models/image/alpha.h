// Alpha at another size.
#pragma once

#include <span>
#include <vector>

#include "models/image/image.h"

namespace imago {

/// Resamples a plane by rows: linearly where it grows, by the mean of areas where it shrinks, each
/// side for itself. So nothing overshoots, and what is 0 or 1 away from edges stays exactly that.
class AlphaScaler {
 public:
  /// `alpha`: of this size; must outlive the scaler.
  AlphaScaler(const std::vector<float>& alpha, int width, int height, int new_width,
              int new_height);
  /// The same of the alpha of a raster that has one.
  AlphaScaler(const Raster& raster, int new_width, int new_height);

  /// Of row `y` of the result the values from `x` on, as many as there is room for.
  void row(int y, int x, std::span<float> values) const;

 private:
  /// A result's share in the source values from `first` on.
  struct Taps {
    int first = 0;
    std::vector<float> weights;
  };
  static std::vector<Taps> make_taps(int size, int new_size);
  float at(int x, int y) const;

  const std::vector<float>* plane_ = nullptr;
  const Raster* raster_ = nullptr;
  int width_;
  std::vector<Taps> columns_, rows_;
};

/// All rows.
std::vector<float> resize_alpha(const std::vector<float>& alpha, int width, int height,
                                int new_width, int new_height);

}  // namespace imago

// Less flicker in pictures that follow each other.
#pragma once

#include <vector>

#include "models/image/image.h"

namespace imago {

/// A network sees each frame alone, so that the noise of a camera makes its results tremble where
/// nothing moves. This blends each result with the one shown before it, pixel by pixel, as far as
/// the source is the same there: in what stands still a change arrives over some frames, in what
/// moves at once, so that nothing is smeared.
class FlickerFilter {
 public:
  /// `source` and what was made of it, 8 bits, of any two sizes. Where either's size changes, or
  /// after `forget`, pictures begin anew.
  void smooth(const Raster& source, Raster& made);
  void forget() { shown_ = {}; }

 private:
  Raster source_, shown_;  // the last ones
  std::vector<int> change_, row_;
};

}  // namespace imago

// Settings of the ops that move data, as those see them who translate a graph into another language
// (models/networks/onnx_export.h).
#pragma once

#include "compute/ops/ops.h"

namespace imago {

extern const struct Op kPad;
extern const struct Op kUpsampleNearest;  // its setting: the factor, an int

/// Of "pad" and "pad_dx".
struct PadSettings {
  Padding border;
  PadMode mode;
};

/// Of "slice_channels": channels begin…end-1.
struct SliceSettings {
  int begin, end;
};

}  // namespace imago

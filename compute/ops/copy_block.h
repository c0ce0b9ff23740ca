// Moving blocks of tensors: what concat, slice_channels and crop are made of.
#pragma once

#include "compute/plan/lowering.h"

namespace imago {

/// A tensor and the channel, row and column in it where a block begins.
struct BlockPlace {
  ValueId value;
  Shape shape;
  int64_t c = 0, h = 0, w = 0;
};

/// Appends a dispatch that copies the block of shape `size` at `from` to `to`; all images.
void copy_block(Lowering& lowering, const Shape& size, const BlockPlace& from,
                const BlockPlace& to);

}  // namespace imago

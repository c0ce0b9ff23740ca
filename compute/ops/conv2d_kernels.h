// Choosing and launching the kernel of a convolution.
#pragma once

#include "compute/lowering.h"
#include "compute/ops/conv2d.h"

namespace imago {

/// Appends the dispatches of a convolution of the node being lowered, whose inputs are in the order
/// that ConvFusedSettings states, to its output of shape `out`.
void lower_convolution(Lowering& lowering, const Shape& out, const ConvFusedSettings& settings);

}  // namespace imago

// Brightness and colours apart, for generators that paint colours alone (keeping_luma in
// generator.h).
#pragma once

#include "compute/graph/graph.h"

namespace imago {

/// Colours are means of blocks of so many pixels a side: what a network paints of single pixels is
/// mostly noise.
inline constexpr int kColourBlock = 4;

/// The BT.601 luma {N,1,H,W} of x {N,1,H,W} or {N,3,H,W}.
Tensor luma(Tensor x);

/// The colours of `x` {N,3,H,W} at a quarter of the resolution, interpolated, with the luma of
/// `picture` {N,1,H,W} or {N,3,H,W}; H and W multiples of kColourBlock.
Tensor with_coarse_colours(Tensor picture, Tensor x);

/// `x` with the luma of `picture`.
Tensor with_luma(Tensor picture, Tensor x);

}  // namespace imago

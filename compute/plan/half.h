// Numbers stored in fp16: half the memory and half the traffic, sums still in fp32.
#pragma once

#include "compute/graph/graph.h"

namespace imago {

/// How a parameter or input of this shape is used where values are stored in fp16: filters and
/// pictures in fp16; what has one number for each channel (bias, slope, scale, statistics) in fp32,
/// as it takes no room.
NumberType half_type_of(const Shape& shape);

/// Copies `source` into the empty graph `target` with nodes in fp16 wherever their ops have kernels
/// for it (Op::types), converting between them and the rest. The host writes inputs and reads
/// outputs in fp32 all the same. Sums over a picture stay fp32.
///
/// A graph that updates parameters is one that trains: all its parameters stay fp32, moments and
/// gradients of weights with them, and what is computed from parameters alone (spectral norm,
/// moving averages); kernels read filters as they are or make packed copies. So do losses: what
/// takes logarithms, squares and roots, and gradients until the first layer. Its running values
/// take over finite numbers alone. That gradients are large enough for fp16 is left to whoever
/// makes the graph (ops/loss_scale.h).
void store_in_half(const Graph& source, Graph& target);

}  // namespace imago

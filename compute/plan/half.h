// Inference with numbers stored in fp16: half the memory and half the traffic, sums still in fp32.
#pragma once

#include "compute/graph/graph.h"

namespace imago {

/// How a parameter or input of this shape is used where values are stored in fp16: filters and
/// pictures in fp16; what has one number for each channel (bias, slope, scale, statistics) in fp32,
/// as it takes no room.
NumberType half_type_of(const Shape& shape);

/// Copies `source` into the empty graph `target` with nodes in fp16 wherever their ops have kernels
/// for it (Op::types), converting between them and the rest. The host writes inputs and reads
/// outputs in fp32 all the same. Sums over a picture stay fp32. Throws Error for a graph that
/// updates parameters: training has no use for it.
void store_in_half(const Graph& source, Graph& target);

}  // namespace imago

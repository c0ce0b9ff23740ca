// Gradient checkpointing: activations are computed again instead of kept, memory for time.
#pragma once

#include "compute/graph/graph.h"

namespace imago {

/// Copies `source` into the empty graph `target` so that its plan needs less memory (Chen et al.
/// 2016, "Training deep nets with sublinear memory cost", section 3). The results of convolutions
/// are kept, and those of one pixel per channel, which are small. What is cheap to compute from
/// them (normalisation, activation, padding, concatenation, …) and used again much later, mostly by
/// the backward pass, is recomputed right before that instead of waiting in memory; uses soon after
/// share it. Only where it pays: what has to be kept for it is smaller than the value itself.
///
/// Inputs, parameters, outputs and updates keep their names and their order. What is recomputed
/// comes from the same op with the same settings and inputs, the random stream of dropout and
/// random_uniform included, so that a run gives the same bits. Nothing is recomputed from a
/// parameter that has been updated since; such a value is kept.
void checkpoint_gradients(const Graph& source, Graph& target);

}  // namespace imago

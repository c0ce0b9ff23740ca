// Activation recomputation: memory for time in training.
#pragma once

#include "compute/graph/graph.h"

namespace imago {

/// Copies `source` into the empty graph `target` so that its plan needs less memory (Chen et al.
/// 2016, "Training deep nets with sublinear memory cost", section 3). The results of convolutions
/// are kept, and those of one pixel per channel, which are small. What is made of them cheaply
/// (normalisation, activation, padding, concatenation, …) and used again much later, by the
/// backward pass above all, is made again right before that instead of waiting in memory; uses
/// soon after share it. What else would have to wait for that weighs less than the value itself.
///
/// Inputs, parameters, outputs and updates keep their names and their order. Whatever is made again
/// comes from the same op with the same settings and inputs, dropout's and random_uniform's stream
/// included, so that a run gives the same bits. Nothing is made again from a parameter that has
/// been updated since; then the value waits after all.
void checkpoint_gradients(const Graph& source, Graph& target);

}  // namespace imago

// The loss scale as a value of the graph: so small are gradients stored in fp16 that losses are
// multiplied by it first (Micikevicius et al. 2018, section 3.2).
#pragma once

#include "compute/graph/graph.h"

namespace imago {

/// {1,1,1,1}: StepParams::optimizers[slot].loss_scale, or one divided by it.
Tensor loss_scale(Graph& graph, int slot);
Tensor one_over_loss_scale(Graph& graph, int slot);

}  // namespace imago

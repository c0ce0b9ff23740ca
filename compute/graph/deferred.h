// Gradients of weights that wait for nobody in memory, where all of them decide whether any is
// used.
//
// A guarded update (UpdateSettings) cannot run before all gradients are known to be finite, and
// deep in a U-Net those of the weights take a hundred times the memory of what they are computed
// from. So what is looked at is that, and the gradients themselves are computed after the decision,
// each right before its update.
#pragma once

#include <vector>

#include "compute/graph/graph.h"

namespace imago {

/// Tensors that are all finite if and only if the gradient is: it, or, of sums of conv2d_dw that
/// take more memory than their inputs do in fp16, those inputs. (fp32 holds every sum of products
/// of numbers that fp16 holds.)
std::vector<Tensor> witnesses(Tensor gradient);

/// All nodes as they were appended, but such gradients right before the guarded update that reads
/// them, where nobody does earlier.
std::vector<int> with_deferred_gradients(const Graph& graph);

}  // namespace imago

// Reverse-mode differentiation of graphs.
#pragma once

#include <vector>

#include "compute/graph/graph.h"

namespace imago {

/// Appends nodes that compute the gradient of the sum of `loss`'s elements with respect to each
/// tensor of `wrt`, in their order and shapes. Only what lies between them is differentiated, and
/// the gradients can be differentiated in turn. A tensor that `loss` does not depend on gets zeros.
/// Throws Error naming an op on the way that has no gradient.
///
/// The backward pass ends at updated parameters (Graph::update): no gradient flows through an
/// update to what a parameter was before.
std::vector<Tensor> grad(Tensor loss, const std::vector<Tensor>& wrt);

/// The same for one tensor.
Tensor grad(Tensor loss, Tensor wrt);

}  // namespace imago

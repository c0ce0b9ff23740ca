// The counterpart of broadcasting.
#pragma once

#include "compute/graph/graph.h"

namespace imago {

/// Sums over the axes in which `to` has size 1 and `x` more: the gradient of what was broadcast.
Tensor sum_to(Tensor x, const Shape& to);

}  // namespace imago

// The same numbers stored as another type.
#pragma once

#include "compute/graph/graph.h"

namespace imago {

Tensor convert(Tensor x, NumberType type);

}  // namespace imago

// Constants as other ops' builders see them.
#pragma once

#include <optional>

#include "compute/graph/graph.h"

namespace imago {

/// The number that a tensor made by `constant` holds everywhere.
std::optional<float> constant_value(Tensor x);

}  // namespace imago

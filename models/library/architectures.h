// What choose_generator asks of identify.
#pragma once

#include "models/checkpoint/state_dict.h"

namespace imago {

/// Whether identify would know these tensors' network; looks at names, types and shapes only.
bool is_generator(const StateDict& tensors);

}  // namespace imago

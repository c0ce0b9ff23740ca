// The op that overwrites parameters, as optimize.cpp sees it.
#pragma once

#include "compute/graph/op.h"

namespace imago {

enum class Update : uint32_t {
  adam,     // inputs p, gradient, first moment, second moment; factors beta1, beta2, epsilon, decay
  sgd,      // inputs p, gradient and, with momentum, its velocity; factors momentum, -, -, decay
  average,  // inputs p, value: p + factors[0] * (value - p)
  average_of_finite,  // the same, but p where the value is no finite number
};

struct UpdateSettings {
  Update kind = Update::adam;
  int slot = 0;  // of StepParams::optimizers
  std::array<float, 4> factors = {};
  /// One more input, {1,1,1,1}: where it is not finite nothing is changed. The gradient is that of
  /// a loss which was multiplied by the slot's StepParams::loss_scale, and is divided by it.
  uint32_t guarded = 0;
};

/// To be used with Graph::update. Overwrites its first input and the moments.
extern const Op kUpdate;

}  // namespace imago

// Sums as other files see them.
#pragma once

#include "compute/plan/lowering.h"

namespace imago {

/// Its attributes are the Axes (ops.h).
extern const struct Op kSum;

/// Appends y[e] = sum over p of parts[p][e], in this order: `count` parts of `elements` numbers.
void lower_sum_of_parts(Lowering& lowering, ValueId parts, int64_t count, int64_t elements,
                        ValueId y);

}  // namespace imago

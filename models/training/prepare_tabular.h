// CTGAN's networks for a table (prepare.h).
#pragma once

#include "models/training/prepare.h"

namespace imago {

/// The paper's and its code's settings.
void set_tabular_defaults(TrainingRequest& request);

/// Of a table whose coding is not known yet any one will do.
BatchShapes table_batch_shapes(const DataOptions& data);

/// See `prepare`.
PreparedTraining prepare_tabular(const TrainingRequest& request, const Shape& a, const Shape& b);

}  // namespace imago

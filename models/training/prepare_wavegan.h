// WaveGAN's networks for sounds (prepare.h).
#pragma once

#include "models/training/prepare.h"

namespace imago {

/// The paper's settings.
void set_wavegan_defaults(TrainingRequest& request);

BatchShapes sound_batch_shapes(const DataOptions& data);

/// See `prepare`.
PreparedTraining prepare_wavegan(const TrainingRequest& request, const Shape& a, const Shape& b);

}  // namespace imago

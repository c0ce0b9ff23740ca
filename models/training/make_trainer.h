// A trainer for what a person asked for, with the pictures that are there.
#pragma once

#include <cstdint>
#include <memory>

#include "models/data/dataset.h"
#include "models/training/request.h"
#include "models/training/trainer.h"

namespace imago {

/// Throws what `prepare` (prepare.h) and Trainer's constructor throw, and Error where the networks
/// cannot take pictures of the data set's sides. Reads the first batch. `tuning` is
/// TrainerOptions::tuning.
std::unique_ptr<Trainer> make_trainer(Device& device, const TrainingRequest& request,
                                      const Dataset& dataset,
                                      std::shared_ptr<const TuningTable> tuning = {});

/// Steps that show as many pictures as there are.
int64_t steps_per_epoch(const Dataset& dataset, const Method& method);

}  // namespace imago

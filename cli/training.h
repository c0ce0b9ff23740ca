// What `imago train` and `imago resume` share: how a run is shown while it goes on.
#pragma once

#include <functional>

#include "cli/command.h"
#include "models/training/train.h"

namespace imago {

/// Calls `run` with callbacks that print progress, as lines of JSON if `json`, and warnings, and
/// that end it after Ctrl-C; then prints what came of it.
ExitStatus run_training(bool json,
                        const std::function<TrainingResult(const TrainingCallbacks&)>& run);

}  // namespace imago

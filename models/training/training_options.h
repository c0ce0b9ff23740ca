// Every option of training, declared once (models/options/option.h).
#pragma once

#include <vector>

#include "models/options/option.h"
#include "models/training/request.h"

namespace imago {

/// In the order of help and of options.json.
const std::vector<Option<TrainingRequest>>& training_options();

/// The options that are not the defaults of the request's method, with their values: what a report
/// shows of a run's settings. Folders, and what says where the run is kept, are not among them.
std::vector<std::pair<std::string, std::string>> changed_options(const TrainingRequest& request);

}  // namespace imago

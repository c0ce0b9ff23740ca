// A classifier from what a person asks for.
#pragma once

#include "models/training/prepare.h"

namespace imago {

inline constexpr const char* kClassifier = "classifier";

void set_classifier_defaults(TrainingRequest& request);

/// See `prepare`.
PreparedTraining prepare_classifier(const TrainingRequest& request, const Shape& a, const Shape& b);

}  // namespace imago

// What `imago evaluate` says of classifiers and of features.
#pragma once

#include <nlohmann/json.hpp>

#include "models/measure/classify.h"
#include "models/measure/evaluate.h"

namespace imago {

nlohmann::ordered_json json_of(const FeatureComparison& comparison);
void print(const FeatureComparison& comparison);

nlohmann::ordered_json json_of(const Evaluation::Perceived& perceived);
void print(const Evaluation::Perceived& perceived);

nlohmann::ordered_json json_of(const Confusion& confusion);
void print(const Confusion& confusion);

}  // namespace imago

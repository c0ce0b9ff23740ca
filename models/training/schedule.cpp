#include "models/training/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace imago {

const char* to_string(LearningRatePolicy policy) {
  switch (policy) {
    case LearningRatePolicy::step:
      return "step";
    case LearningRatePolicy::plateau:
      return "plateau";
    case LearningRatePolicy::cosine:
      return "cosine";
    case LearningRatePolicy::linear:
      break;
  }
  return "linear";
}

float Schedule::rate(int epoch) const {
  const ScheduleOptions& o = options_;
  double factor = 1;
  switch (o.policy) {
    case LearningRatePolicy::linear:
      factor = 1 - static_cast<double>(std::max(0, epoch + o.first_epoch - o.epochs)) /
                       (o.epochs_decay + 1);
      break;
    case LearningRatePolicy::step:
      factor = std::pow(0.1, epoch / o.decay_epochs);
      break;
    case LearningRatePolicy::plateau:
      factor = std::pow(0.2, plateau_.reductions);
      break;
    case LearningRatePolicy::cosine:
      factor = (1 + std::cos(std::numbers::pi * epoch / o.epochs)) / 2;
      break;
  }
  return static_cast<float>(double{o.learning_rate} * std::max(factor, 0.0));
}

void Schedule::epoch_ended(double measure) {
  constexpr double kLeastImprovement = 0.01;
  constexpr int kPatience = 5;
  if (plateau_.bad_epochs < 0 || measure < plateau_.best * (1 - kLeastImprovement)) {
    plateau_.best = measure;
    plateau_.bad_epochs = 0;
  } else if (++plateau_.bad_epochs > kPatience) {
    ++plateau_.reductions;
    plateau_.bad_epochs = 0;
  }
}

}  // namespace imago

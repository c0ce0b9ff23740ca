// The learning rate over the epochs, against what PyTorch 1.13's schedulers gave for a rate of 1.
#include "models/training/schedule.h"

#include <gtest/gtest.h>

#include <vector>

namespace imago {
namespace {

std::vector<float> rates(const ScheduleOptions& options, int epochs) {
  const Schedule schedule(options);
  std::vector<float> result;
  for (int epoch = 0; epoch < epochs; ++epoch) result.push_back(schedule.rate(epoch));
  return result;
}

void expect_near(const std::vector<float>& actual, const std::vector<double>& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], 1e-6) << i;
}

// LambdaLR(lambda e: 1 - max(0, e + 2 - 4) / (3 + 1)), the rule of pytorch-CycleGAN-and-pix2pix.
TEST(Schedule, Linear) {
  expect_near(rates({.learning_rate = 1, .epochs = 4, .epochs_decay = 3, .first_epoch = 2}, 7),
              {1, 1, 1, 0.75, 0.5, 0.25, 0});
  // Longer than it was planned for: never below zero.
  EXPECT_EQ(Schedule({.learning_rate = 1, .epochs = 4, .epochs_decay = 3}).rate(100), 0);
}

// StepLR(step_size=3, gamma=0.1).
TEST(Schedule, Step) {
  expect_near(rates({.policy = LearningRatePolicy::step, .learning_rate = 1, .decay_epochs = 3}, 8),
              {1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01});
}

// CosineAnnealingLR(T_max=4, eta_min=0).
TEST(Schedule, Cosine) {
  expect_near(rates({.policy = LearningRatePolicy::cosine, .learning_rate = 1, .epochs = 4}, 8),
              {1, 0.853553, 0.5, 0.146447, 0, 0.146447, 0.5, 0.853553});
}

// ReduceLROnPlateau(mode="min", factor=0.2, threshold=0.01, patience=5).
TEST(Schedule, Plateau) {
  const std::vector<double> measures = {10,   9,   8.95, 8.92, 8.96, 9,    8.95, 9.5, 8.90,
                                        8.89, 8.9, 8.95, 8.9,  8.93, 8.93, 8.92, 8.0, 8,
                                        8,    8,   8,    8,    8,    8,    8};
  const ScheduleOptions options = {.policy = LearningRatePolicy::plateau, .learning_rate = 1};
  Schedule schedule(options);
  std::vector<float> seen;
  for (size_t epoch = 0; epoch < measures.size(); ++epoch) {
    seen.push_back(schedule.rate(static_cast<int>(epoch)));
    schedule.epoch_ended(measures[epoch]);
    // What it remembers is all of it.
    const Schedule::Plateau remembered = schedule.plateau();
    schedule = Schedule(options);
    schedule.set_plateau(remembered);
  }
  expect_near(seen, {1,   1,   1,    1,    1,    1,    1,    1,    0.2,  0.2,  0.2,   0.2,  0.2,
                     0.2, 0.2, 0.04, 0.04, 0.04, 0.04, 0.04, 0.04, 0.04, 0.04, 0.008, 0.008});
}

}  // namespace
}  // namespace imago

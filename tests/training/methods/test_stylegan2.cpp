// StyleGAN2 against what PyTorch made of the same weights, pictures and random numbers in double
// precision (tests/fixtures/make_stylegan2_training.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compute/graph/optimize.h"
#include "models/training/methods/stylegan2.h"
#include "models/training/trainer.h"
#include "tests/training/fixture.h"
#include "tests/training/small_training.h"

namespace imago {
namespace {

Stylegan2Options options_of(const TrainingFixture& fixture) {
  const auto number = [&](const char* name) { return static_cast<float>(fixture.number(name)); };
  Stylegan2Options options;
  options.generator = guess_stylegan2(fixture.tensors("init", "G"));
  options.discriminator = find_stylegan2_judge(fixture.tensors("init", "D")).value();
  options.discriminator.group = 2;
  options.style_mixing = number("style_mixing");
  options.path_weight = number("path_weight");
  options.path_every = static_cast<int>(number("path_every"));
  options.r1_every = static_cast<int>(number("r1_every"));
  options.training.adam = {.beta1 = number("beta1"), .beta2 = number("beta2")};
  options.training.r1_gamma = number("r1_gamma");
  options.training.ema = number("ema");
  return options;
}

std::unique_ptr<Trainer> trainer_of(const TrainingFixture& fixture,
                                    const Stylegan2Options& options) {
  return std::make_unique<Trainer>(
      training_device(), stylegan2(options, fixture.shape("a"), fixture.shape("b")),
      TrainerOptions{},
      std::map<Network, StateDict>{{kG, fixture.tensors("init", "G")},
                                   {kD, fixture.tensors("init", "D")}});
}

/// Where beta1 is 0 Adam's first moment after a step is its gradient.
void expect_gradients(const TrainingFixture& fixture, const Trainer& trainer,
                      const std::string& group, const std::string& network) {
  double worst = 0;
  for (const auto& [key, tensor] : fixture.tensors(group, network)) {
    const std::vector<float> want = tensor.to_float(),
                             have =
                                 trainer.parameters().read(first_moment_name(network + "." + key));
    ASSERT_EQ(have.size(), want.size()) << key;
    double difference = 0, norm = 0;
    for (size_t i = 0; i < want.size(); ++i) {
      difference += std::pow(double{have[i]} - want[i], 2);
      norm += std::pow(want[i], 2);
    }
    const double relative = std::sqrt(norm > 0 ? difference / norm : difference);
    EXPECT_LE(relative, 1e-4) << group << ' ' << key;
    worst = std::max(worst, relative);
  }
  std::printf("  largest difference of a gradient of %s: %.2g\n", group.c_str(), worst);
}

TEST(Stylegan2Training, FirstGradientsOfEachPhase) {
  const TrainingFixture fixture("stylegan2");
  const Stylegan2Options options = options_of(fixture);
  struct Case {
    const char *phase, *group, *network;
  };
  for (const Case& c : {Case{"discriminator", "grad", "D"}, Case{"r1", "grad_r1", "D"},
                        Case{"generator", "grad", "G"}, Case{"path", "grad_path", "G"}}) {
    const std::unique_ptr<Trainer> trainer = trainer_of(fixture, options);
    const std::vector<Phase>& phases = trainer->method().stages[0].phases;
    const auto index =
        static_cast<size_t>(std::ranges::find(phases, c.phase, &Phase::name) - phases.begin());
    ASSERT_LT(index, phases.size());
    Program& program = trainer->phase(index);
    const Batch batch = batch_of(fixture, 0);
    for (const Plan::Port& port : program.plan().inputs)
      std::ranges::copy(port.name == "a" ? batch.a : batch.b, program.input(port.name).begin());
    program.run(trainer->step_params(1e-3f));
    expect_gradients(fixture, *trainer, c.group, c.network);
  }
}

/// Largest difference of the tensors of `group` from those of the trainer, in learning rates.
double apart(const TrainingFixture& fixture, const std::string& name, const StateDict& actual) {
  double largest = 0;
  for (const auto& [key, tensor] : fixture.tensors("final", name)) {
    const std::vector<float> have = actual.find(key)->to_float(), want = tensor.to_float();
    for (size_t i = 0; i < have.size(); ++i)
      largest = std::max(largest, std::abs(double{have[i]} - want[i]));
  }
  return largest / fixture.number("lr");
}

TEST(Stylegan2Training, TenSteps) {
  const TrainingFixture fixture("stylegan2");
  const std::unique_ptr<Trainer> trainer = trainer_of(fixture, options_of(fixture));
  for (int step = 0; step < fixture.steps(); ++step) {
    const Losses losses =
        trainer->step(batch_of(fixture, step), static_cast<float>(fixture.number("lr")));
    EXPECT_EQ(losses.size(), 5u);
    for (const auto& [what, value] : losses) {
      const double expected = fixture.losses(what.name())[static_cast<size_t>(step)];
      EXPECT_NEAR(value, expected, 1e-3 * std::abs(expected)) << what.name() << " in step " << step;
    }
  }
  // A step missed, taken twice or of another length shows.
  EXPECT_LT(apart(fixture, "G", trainer->network(kG)), 0.3);
  EXPECT_LT(apart(fixture, "D", trainer->network(kD)), 0.3);
  EXPECT_LT(apart(fixture, "A", trainer->network(kG, true)), 0.3);
}

TEST(Stylegan2Training, LazySettingsAreThoseOfThePaper) {
  const Adam adam = lazily({.beta1 = 0, .beta2 = 0.99f}, 16);
  EXPECT_FLOAT_EQ(adam.beta1, 0);
  EXPECT_NEAR(adam.beta2, std::pow(0.99, 16.0 / 17), 1e-6);
  EXPECT_FLOAT_EQ(lazy_share(4), 0.8f);
  EXPECT_FLOAT_EQ(lazy_share(0), 1);
}

TEST(Stylegan2Training, ARunTakenUpAgainBetweenRegularisersIsTheSameBitForBit) {
  const TrainingFixture fixture("stylegan2");
  const Stylegan2Options options = options_of(fixture);
  const auto whole = trainer_of(fixture, options), begun = trainer_of(fixture, options),
             resumed = trainer_of(fixture, options);
  Losses expected, actual;
  for (int step = 0; step < 5; ++step) expected = whole->step(batch_of(fixture, step), 2e-3f);
  for (int step = 0; step < 2; ++step) begun->step(batch_of(fixture, step), 2e-3f);
  resumed->restore(begun->counts(), begun->tensors());
  const Losses third = resumed->step(batch_of(fixture, 2), 2e-3f);
  EXPECT_EQ(third.size(), 5u) << "a loss of a phase that rests is told as well";
  for (const auto& [what, value] : third) EXPECT_NE(value, 0) << what.name();
  for (int step = 3; step < 5; ++step) actual = resumed->step(batch_of(fixture, step), 2e-3f);
  EXPECT_EQ(actual, expected);
  for (const bool average : {false, true})
    for (const auto& [key, tensor] : whole->network(kG, average))
      EXPECT_EQ(resumed->network(kG, average).find(key)->data, tensor.data) << key;
  for (const auto& [key, tensor] : whole->network(kD))
    EXPECT_EQ(resumed->network(kD).find(key)->data, tensor.data) << key;
}

}  // namespace
}  // namespace imago

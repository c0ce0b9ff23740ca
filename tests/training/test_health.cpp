// The numbers that training tells of itself: that they are right, that no NaN escapes them, and
// that they change nothing.
#include "models/training/health.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <random>

#include "compute/graph/op.h"
#include "compute/vk/program.h"
#include "models/checkpoint/tensor_match.h"
#include "models/training/methods/cyclegan.h"
#include "models/training/methods/pix2pix.h"
#include "models/training/methods/srgan.h"
#include "models/training/trainer.h"
#include "tests/thorough.h"
#include "tests/training/small_training.h"

namespace imago {
namespace {

/// A method small enough for hundreds of steps, and the shapes of its batches.
struct Tiny {
  std::function<Method(const TrainingOptions&)> make;
  Shape a, b;
  float low = -1;  // of the pictures
};

Tiny tiny_pix2pix() {
  const Shape shape = {1, 3, 32, 32};
  return {[shape](const TrainingOptions& training) {
            Pix2PixOptions options;
            options.generator = unet_generator({.features = 2, .depth = 5});
            options.discriminator.features = 2;
            options.discriminator.layers = 1;
            options.training = training;
            return pix2pix(options, shape, shape);
          },
          shape, shape};
}

Tiny tiny_cyclegan() {
  const Shape shape = {1, 3, 16, 16};
  return {[shape](const TrainingOptions& training) {
            CycleGanOptions options;
            options.a_to_b = options.b_to_a = resnet_generator({.features = 2, .blocks = 1});
            options.discriminator.features = 2;
            options.discriminator.layers = 1;
            options.training = training;
            options.training.gan_mode = GanMode::lsgan;
            return cyclegan(options, shape, shape);
          },
          shape, shape};
}

Tiny tiny_srgan() {
  const Shape a = {2, 3, 8, 8}, b = {2, 3, 16, 16};
  return {[a, b](const TrainingOptions& training) {
            SrganOptions options;
            options.generator = srresnet_generator({.features = 2, .blocks = 1, .upsamplings = 1});
            options.discriminator.features = 2;
            options.training = training;
            options.training.ema = 0.9f;
            return srgan(options, a, b);
          },
          a, b, 0};
}

const std::map<std::string, Tiny> kMethods = {
    {"pix2pix", tiny_pix2pix()}, {"cyclegan", tiny_cyclegan()}, {"srgan", tiny_srgan()}};

Batch batch_of(const Tiny& tiny) {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> uniform(tiny.low, 1);
  Batch batch;
  batch.a_shape = tiny.a;
  batch.b_shape = tiny.b;
  for (int64_t i = 0; i < tiny.a.elements(); ++i) batch.a.push_back(uniform(random));
  for (int64_t i = 0; i < tiny.b.elements(); ++i) batch.b.push_back(uniform(random));
  return batch;
}

double number(const NamedNumbers& numbers, const std::string& name) {
  for (const auto& [known, value] : numbers)
    if (known == name) return value;
  ADD_FAILURE() << "there is no " << name;
  return NAN;
}

/// The parameters that the trainer's stage asks for, moments and averages included.
std::vector<std::string> parameters_of(const Stage& stage) {
  std::set<std::string> names;
  for (const Phase& phase : stage.phases)
    for (const Node& node : phase.graph->nodes())
      if (node.op == &kParameter) names.insert(node.name);
  return {names.begin(), names.end()};
}

double norm_of(const Trainer& trainer, const std::function<bool(const std::string&)>& counts) {
  double sum = 0;
  for (const Stage& stage : trainer.method().stages)
    for (const std::string& name : parameters_of(stage))
      if (counts(name))
        for (const float value : trainer.parameters().read(name)) sum += double{value} * value;
  return std::sqrt(sum);
}

class Health : public testing::TestWithParam<std::string> {
 protected:
  const Tiny& tiny() const { return kMethods.at(GetParam()); }
};

// In the first step Adam's first moment is (1 - beta1) times the gradient.
TEST(HealthNumbers, AreTheNormsOfGradientsAndWeights) {
  const Shape shape = {1, 3, 32, 32};
  for (const float clip : {0.0f, 1e-3f}) {
    Pix2PixOptions options;
    options.generator = unet_generator({.features = 2, .depth = 5});
    // Running statistics would follow once more in the generator's half of the step.
    options.discriminator = {.in_channels = 6, .features = 2, .layers = 1, .norm = Norm::instance};
    options.training.adam = {.beta1 = 0.5f, .clip_norm = clip};
    Trainer trainer(training_device(), pix2pix(options, shape, shape), {});
    trainer.step(batch_of(tiny_pix2pix()), 2e-3f);
    const NamedNumbers health = named(trainer.health());
    ASSERT_EQ(health.size(), 5u);
    for (const std::string network : {"G", "D"}) {
      const double gradient = number(health, "gradient_" + network);
      const double moments = norm_of(trainer, [&](const std::string& name) {
        return name.starts_with(first_moment_name(network + "."));
      });
      // What was clipped is told as it was before.
      EXPECT_NEAR(moments * 2, clip > 0 ? double{clip} : gradient, 1e-4 * moments);
      EXPECT_GT(gradient, 0.1);
      const double weights = norm_of(
          trainer, [&](const std::string& name) { return name.starts_with(network + "."); });
      EXPECT_NEAR(number(health, "weights_" + network), weights, 1e-5 * weights);
    }
  }
}

TEST(HealthNumbers, AccuracyCountsBothSidesAlike) {
  const auto accuracy_of = [](GanMode mode, std::vector<double> real, std::vector<double> fake) {
    Graph graph;
    const auto size = [](const auto& values) { return static_cast<int64_t>(values.size()); };
    graph.output("accuracy", accuracy(mode, graph.input("real", {1, 1, 1, size(real)}),
                                      graph.input("fake", {1, 1, 1, size(fake)})));
    return evaluate(graph, [&](const Node& node) { return node.name == "real" ? real : fake; })[0]
        .values[0];
  };
  EXPECT_NEAR(accuracy_of(GanMode::vanilla, {1, 2, 0.1, -0.1}, {-1, -2}), 0.875, 1e-6);
  EXPECT_NEAR(accuracy_of(GanMode::hinge, {-1, -2}, {1, 2, 3}), 0, 1e-6);
  EXPECT_NEAR(accuracy_of(GanMode::lsgan, {0.6, 0.4}, {0.4, 0.1, -3, 0.6}), 0.625, 1e-6);
  EXPECT_NEAR(accuracy_of(GanMode::lsgan, {1, 1}, {0, 0}), 1, 1e-6);
}

TEST(HealthNumbers, OfRelativisticDiscriminatorsAndCritics) {
  const auto names_of = [](const SrganOptions& options) {
    const Method method = srgan(options, {2, 3, 8, 8}, {2, 3, 16, 16});
    std::set<std::string> names;
    for (const auto& output : method.stages[1].phases[0].health) names.insert(output.what.name());
    return names;
  };
  SrganOptions options;
  options.generator = srresnet_generator({.features = 2, .blocks = 1, .upsamplings = 1});
  options.discriminator.features = 2;
  const std::set<std::string> norms = {"gradient_D", "gradient_G", "weights_D", "weights_G"};
  std::set<std::string> all = norms;
  all.insert("accuracy_D");
  EXPECT_EQ(names_of(options), all);
  options.relativistic = true;
  EXPECT_EQ(names_of(options), all);
  options.training.gan_mode = GanMode::wgangp;
  EXPECT_EQ(names_of(options), norms);
}

TEST_P(Health, TellingChangesNoBit) {
  std::map<bool, std::vector<float>> seen;
  for (const bool health : {false, true}) {
    Trainer trainer(training_device(), tiny().make({.health = health}), {});
    trainer.set_stage(trainer.method().stages.size() - 1);
    for (int step = 0; step < 3; ++step)
      for (const auto& [name, loss] : trainer.step(batch_of(tiny()), 2e-3f))
        seen[health].push_back(loss);
    EXPECT_EQ(trainer.health().empty(), !health);
    for (const std::string& name : parameters_of(trainer.method().stages.back()))
      for (const float value : trainer.parameters().read(name)) seen[health].push_back(value);
  }
  EXPECT_EQ(seen[false], seen[true]);
}

/// A trainer in one of its stages that can be brought back to where it was.
class Patient {
 public:
  Patient(const Tiny& tiny, const TrainingOptions& options, size_t stage)
      : batch_(batch_of(tiny)), trainer_(training_device(), tiny.make(options), {}) {
    trainer_.set_stage(stage);
    step();
    for (const std::string& name : parameters_of(trainer_.method().stages[stage]))
      values_[name] = trainer_.parameters().read(name);
  }

  const std::map<std::string, std::vector<float>>& values() const { return values_; }
  const Batch& batch() const { return batch_; }

  void write(const std::string& name, std::span<const float> values) {
    // Tests alone may do this.
    const_cast<Parameters&>(trainer_.parameters()).write(name, values);
  }
  void heal() {
    for (const auto& [name, values] : values_) write(name, values);
  }

  /// The culprit, if the step is broken.
  std::string step() { return step(batch_); }
  std::string step(const Batch& batch) {
    const NamedNumbers losses = named(trainer_.step(batch, 1e-3f));
    std::string culprit;
    const bool broken = HealthMonitor::broken(losses, named(trainer_.health()), &culprit);
    EXPECT_EQ(broken, !culprit.empty());
    return culprit;
  }

 private:
  Batch batch_;
  Trainer trainer_;
  std::map<std::string, std::vector<float>> values_;
};

TEST_P(Health, NaNInAnyWeightStatisticMomentOrAverageShowsInThatStep) {
  size_t planted = 0, index = 0;
  Patient patient(tiny(), {}, tiny().make({}).stages.size() - 1);
  for (const auto& [name, values] : patient.values()) {
    if (!test::is_tried(index++, 5)) continue;
    std::vector<float> ill = values;
    ill[planted++ * 7919 % ill.size()] = NAN;
    patient.write(name, ill);
    EXPECT_NE(patient.step(), "") << name;
    patient.heal();
  }
  EXPECT_EQ(patient.step(), "");  // it was nothing else
  std::printf("  %zu tensors\n", planted);
}

TEST_P(Health, NaNInTheBatchShowsInThatStepWhateverTheLoss) {
  for (const GanMode mode : {GanMode::vanilla, GanMode::lsgan, GanMode::hinge, GanMode::wgangp}) {
    const size_t stages = tiny().make({}).stages.size();
    for (size_t stage = 0; stage < stages; ++stage) {
      Patient patient(tiny(), {.gan_mode = mode}, stage);
      for (const float value : {NAN, std::numeric_limits<float>::infinity()})
        for (std::vector<float> Batch::*side : {&Batch::a, &Batch::b}) {
          Batch batch = patient.batch();
          (batch.*side)[batch.a.size() / 2] = value;
          EXPECT_NE(patient.step(batch), "") << to_string(mode) << ' ' << (side == &Batch::a);
          patient.heal();
        }
      EXPECT_EQ(patient.step(), "");
    }
  }
}

// Whichever way a loss is spoilt, alone or with others: here by its own weight.
TEST(HealthNumbers, NaNInOneLossIsFoundAndNamed) {
  const Tiny small = tiny_pix2pix();
  Pix2PixOptions options;
  options.generator = unet_generator({.features = 2, .depth = 5});
  options.discriminator.features = 2;
  options.discriminator.layers = 1;
  options.lambda_l1 = NAN;
  Trainer trainer(training_device(), pix2pix(options, small.a, small.b), {});
  const NamedNumbers losses = named(trainer.step(batch_of(small), 1e-3f));
  std::string culprit;
  EXPECT_TRUE(HealthMonitor::broken(losses, named(trainer.health()), &culprit));
  EXPECT_EQ(culprit, "loss G_L1");
  EXPECT_TRUE(std::isfinite(number(losses, "G_GAN")));
  EXPECT_TRUE(std::isnan(number(named(trainer.health()), "gradient_G")));
  EXPECT_TRUE(std::isnan(number(named(trainer.health()), "weights_G")));
  EXPECT_TRUE(std::isfinite(number(named(trainer.health()), "weights_D")));
}

TEST_P(Health, EveryNumberOfAStepCanBeTheCulprit) {
  Trainer trainer(training_device(), tiny().make({}), {});
  for (size_t stage = 0; stage < trainer.method().stages.size(); ++stage) {
    trainer.set_stage(stage);
    const NamedNumbers losses = named(trainer.step(batch_of(tiny()), 1e-3f));
    const NamedNumbers health = named(trainer.health());
    std::string culprit;
    EXPECT_FALSE(HealthMonitor::broken(losses, health, &culprit));
    for (size_t i = 0; i < losses.size() + health.size(); ++i)
      for (const double value : {std::nan(""), HUGE_VAL}) {
        NamedNumbers ill_losses = losses, ill_health = health;
        auto& [name, number] = i < losses.size() ? ill_losses[i] : ill_health[i - losses.size()];
        number = value;
        EXPECT_TRUE(HealthMonitor::broken(ill_losses, ill_health, &culprit));
        const std::string network = name.substr(name.find('_') + 1);
        EXPECT_EQ(culprit, i < losses.size()              ? "loss " + name
                           : name.starts_with("gradient") ? "gradient of " + network
                           : name.starts_with("weights")  ? "weights of " + network
                                                          : name);
      }
  }
}

INSTANTIATE_TEST_SUITE_P(, Health, testing::Values("pix2pix", "cyclegan", "srgan"),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace imago

// Adaptive discriminator augmentation: each change as the paper's matrices make it
// (tests/fixtures/make_augment.py), how often changes are made, and the rule of their probability.
#include "models/training/methods/augment.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>

#include "compute/base/error.h"
#include "compute/graph/grad.h"
#include "compute/vk/program.h"
#include "models/checkpoint/checkpoint.h"
#include "models/training/methods/losses.h"
#include "models/training/prepare.h"
#include "models/training/trainer.h"
#include "tests/training/small_training.h"

namespace imago {
namespace {

const StateDict& fixture() {
  static const StateDict file =
      read_checkpoint(std::filesystem::path(IMAGO_FIXTURES) / "augment.safetensors");
  return file;
}

/// The changes of the fixture, as inputs under their names.
struct Given {
  PictureChanges changes;
  std::map<std::string, std::vector<double>> values;
};

Given given(Graph& graph) {
  Given result;
  PictureChanges& c = result.changes;
  const auto values_of = [](const std::string& name) {
    const std::vector<float> values = fixture().find("change." + name)->to_float();
    return std::vector<double>(values.begin(), values.end());
  };
  const auto input = [&](const std::string& name, const std::vector<double>& values) {
    result.values[name] = values;
    return graph.input(name, {static_cast<int64_t>(values.size()), 1, 1, 1});
  };
  const std::pair<const char*, Tensor*> numbers[] = {{"flip", &c.flip},
                                                     {"shift_x", &c.shift_x},
                                                     {"shift_y", &c.shift_y},
                                                     {"scale", &c.scale},
                                                     {"stretch", &c.stretch},
                                                     {"fraction_x", &c.fraction_x},
                                                     {"fraction_y", &c.fraction_y},
                                                     {"brightness", &c.brightness},
                                                     {"contrast", &c.contrast},
                                                     {"luma_flip", &c.luma_flip},
                                                     {"saturation", &c.saturation}};
  for (const auto& [name, number] : numbers) *number = input(name, values_of(name));
  const std::pair<const char*, Turn*> turns[] = {
      {"quarter", &c.quarter}, {"before", &c.before}, {"after", &c.after}, {"hue", &c.hue}};
  for (const auto& [name, turn] : turns) {
    std::vector<double> cosines, sines;
    for (const double angle : values_of(name)) {
      cosines.push_back(std::cos(angle));
      sines.push_back(std::sin(angle));
    }
    turn->cosine = input(std::string(name) + ".cosine", cosines);
    turn->sine = input(std::string(name) + ".sine", sines);
  }
  return result;
}

TEST(Augment, ChangesPicturesAsThePapersMatricesDo) {
  const HostTensor& x = *fixture().find("x");
  const Shape shape{x.shape[0], x.shape[1], x.shape[2], x.shape[3]};
  Graph graph;
  const Given changes = given(graph);
  graph.output("y", recoloured(affine_sample(graph.input("x", shape), places_of(changes.changes)),
                               changes.changes));
  const std::vector<float> pictures = x.to_float();
  const std::vector<double> y =
      evaluate(graph,
               [&](const Node& node) {
                 return node.name == "x" ? std::vector<double>(pictures.begin(), pictures.end())
                                         : changes.values.at(node.name);
               })[0]
          .values;
  const std::vector<float> expected = fixture().find("y")->to_float();
  ASSERT_EQ(y.size(), expected.size());
  double worst = 0;
  for (size_t i = 0; i < y.size(); ++i)
    worst = std::max(worst, std::abs(y[i] - double{expected[i]}));
  EXPECT_LT(worst, 2e-5);
}

/// The values of what `build` makes of a probability p, for many pictures.
std::map<std::string, std::vector<double>> drawn(double p, int64_t count) {
  Graph graph;
  const PictureChanges c =
      draw_changes(graph, {count, 3, 32, 64}, graph.parameter("p", {1, 1, 1, 1}));
  const std::pair<const char*, Tensor> all[] = {{"flip", c.flip},
                                                {"quarter.cosine", c.quarter.cosine},
                                                {"quarter.sine", c.quarter.sine},
                                                {"shift_x", c.shift_x},
                                                {"shift_y", c.shift_y},
                                                {"scale", c.scale},
                                                {"before.cosine", c.before.cosine},
                                                {"before.sine", c.before.sine},
                                                {"stretch", c.stretch},
                                                {"after.cosine", c.after.cosine},
                                                {"fraction_x", c.fraction_x},
                                                {"brightness", c.brightness},
                                                {"contrast", c.contrast},
                                                {"luma_flip", c.luma_flip},
                                                {"hue.sine", c.hue.sine},
                                                {"saturation", c.saturation}};
  for (const auto& [name, tensor] : all) graph.output(name, tensor);
  const std::vector<HostArray> outputs =
      evaluate(graph, [&](const Node&) { return std::vector<double>{p}; });
  std::map<std::string, std::vector<double>> values;
  for (size_t i = 0; i < outputs.size(); ++i) values[graph.outputs()[i].name] = outputs[i].values;
  return values;
}

TEST(Augment, NothingIsChangedAtFirst) {
  for (const auto& [name, values] : drawn(0, 50)) {
    const bool is_zero = name.find("shift") == 0 || name.find("fraction") == 0 ||
                         name.find(".sine") != std::string::npos || name == "brightness";
    for (const double value : values) EXPECT_NEAR(value, is_zero ? 0 : 1, 1e-12) << name;
  }
}

TEST(Augment, EachChangeIsMadeWithItsProbability) {
  const int64_t count = 4000;
  const double p = 0.4, four_deviations = 4 * std::sqrt(p * (1 - p) / count);
  const auto values = drawn(p, count);
  const auto share = [&](const std::string& name, const std::function<bool(double)>& is) {
    double hits = 0;
    for (const double value : values.at(name)) hits += is(value);
    return hits / count;
  };
  const auto is_not = [](double nothing) {
    return [nothing](double value) { return std::abs(value - nothing) > 1e-9; };
  };
  for (const char* name : {"scale", "stretch", "contrast", "saturation"})
    EXPECT_NEAR(share(name, is_not(1)), p, four_deviations) << name;
  for (const char* name : {"fraction_x", "brightness", "hue.sine"})
    EXPECT_NEAR(share(name, is_not(0)), p, four_deviations) << name;
  EXPECT_NEAR(share("flip", is_not(1)), p / 2, four_deviations);
  EXPECT_NEAR(share("luma_flip", is_not(1)), p / 2, four_deviations);
  EXPECT_NEAR(share("quarter.sine", is_not(0)), p / 2, four_deviations);
  EXPECT_NEAR(share("quarter.cosine", [](double c) { return c < -0.5; }), p / 4, four_deviations);
  // Of shifts by up to an eighth of the side, 8 or 4 pixels, these are no shifts.
  EXPECT_NEAR(share("shift_x", is_not(0)), p * 15 / 16, four_deviations);
  EXPECT_NEAR(share("shift_y", is_not(0)), p * 7 / 8, four_deviations);
  for (const double shift : values.at("shift_x")) {
    EXPECT_EQ(shift, std::round(shift));
    EXPECT_LE(std::abs(shift), 8);
  }
  // At least one of two turns.
  double turned = 0;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i)
    turned += std::abs(values.at("before.cosine")[i] - 1) > 1e-9 ||
              std::abs(values.at("after.cosine")[i] - 1) > 1e-9;
  EXPECT_NEAR(turned / count, p, four_deviations);
  double squares = 0, chosen = 0;
  for (const double scale : values.at("scale"))
    if (scale != 1) squares += std::pow(std::log2(scale), 2), ++chosen;
  EXPECT_NEAR(std::sqrt(squares / chosen), 0.2, 0.2 * 4 / std::sqrt(2 * chosen));
}

TEST(Augment, TheProbabilityFollowsHowSureTheDiscriminatorIs) {
  const AugmentOptions options{.adaptive = true, .target = 0.6f, .pictures = 400};
  Graph graph;
  const Tensor logits = graph.input("logits", {4, 1, 1, 1});
  graph.output("p", adapt_augmentation(graph, logits, 0, options));
  Device& device = training_device();
  const Parameters parameters(device, {{kAugmentProbability, {0}}, {"augment.sign", {0}}});
  Program program(device, make_plan(graph, device.properties(), {.fold_constants = false}),
                  parameters);
  const auto step = [&](float logit) {
    std::ranges::fill(program.input("logits"), logit);
    program.run();
    return program.output("p")[0];
  };
  // r is 0.25, 0.44, 0.58, 0.68: above the target from the fourth step on.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(step(3), 0) << "p is never below zero";
  EXPECT_FLOAT_EQ(step(0.1f), 0.01f);
  EXPECT_FLOAT_EQ(step(9), 0.02f);
  // 0.76 falls to 0.32.
  EXPECT_FLOAT_EQ(step(-1), 0.01f);
  EXPECT_FLOAT_EQ(parameters.read(kAugmentProbability)[0], 0.01f);
}

TrainingRequest request_of(const std::string& method) {
  TrainingRequest request = default_request(method);
  request.ada = true;
  request.ada_pictures = 0.004f;
  request.ada_target = 0;
  request.generator_features = request.discriminator_features = 4;
  request.mapping_layers = 2;
  request.data.latent = 5;
  request.data.crop_size = 8;
  request.data.batch_size = 2;
  return request;
}

// With second derivatives: R1 sees pictures through the sampling.
TEST(Augment, IsPartOfTheStateOfEveryMethod) {
  for (const char* method : {"stylegan2", "dcgan"}) {
    TrainingRequest request = request_of(method);
    request.r1_gamma = 1;
    request.r1_every = 1;
    const BatchShapes shapes = batch_shapes(request.data, 8);
    const auto trainer_of = [&] {
      return Trainer(training_device(), prepare(request, shapes.a, shapes.b).method,
                     TrainerOptions{request.init, 1});
    };
    Batch batch{
        .a_shape = shapes.a, .b_shape = shapes.b, .a = {}, .b = {}, .files = {}, .b_files = {}};
    for (int64_t i = 0; i < shapes.a.elements(); ++i)
      batch.a.push_back(std::sin(static_cast<float>(i)));
    for (int64_t i = 0; i < shapes.b.elements(); ++i)
      batch.b.push_back(std::cos(static_cast<float>(i * i)));
    Trainer whole = trainer_of(), first = trainer_of(), second = trainer_of();
    for (int i = 0; i < 4; ++i) whole.step(batch, 1e-3f);
    for (int i = 0; i < 2; ++i) first.step(batch, 1e-3f);
    second.restore(first.counts(), first.tensors());
    for (int i = 0; i < 2; ++i) second.step(batch, 1e-3f);
    const float p = whole.parameters().read(kAugmentProbability)[0];
    EXPECT_EQ(second.parameters().read(kAugmentProbability)[0], p);
    bool told = false;
    for (const auto& [number, value] : whole.health())
      if (number.name() == "augmentation_D") {
        told = true;
        EXPECT_EQ(value, p);
      }
    EXPECT_TRUE(told) << method;
    for (const auto& [key, tensor] : whole.network(kG))
      EXPECT_EQ(tensor.data, second.network(kG).find(key)->data) << method << ' ' << key;
  }
  TrainingRequest request = request_of("wgan-gp");
  EXPECT_THROW(check(request), Error);
}

}  // namespace
}  // namespace imago

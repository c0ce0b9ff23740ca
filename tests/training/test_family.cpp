// The methods whose generators are given random numbers: what their options change and what they
// refuse. tests/training/methods/test_parity.cpp has their numbers.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <set>

#include "models/training/family.h"
#include "models/training/prepare.h"
#include "models/training/trainer.h"
#include "tests/training/small_training.h"

namespace imago {
namespace {

/// At its defaults but for the size.
TrainingRequest tiny(const std::string& method) {
  TrainingRequest r = default_request(method);
  r.generator_features = 6;
  r.discriminator_features = 5;
  r.data.crop_size = 8;
  r.data.batch_size = 4;
  r.data.latent = 5;
  r.data.label_names = {"a", "b", "c"};
  if (!r.data.labels) r.data.label_names.clear();
  r.seed = 3;
  return r;
}

/// Noise, with the labels 0, 1, 2, 0 where there are any.
Batch noise(const TrainingRequest& request, uint32_t number) {
  const BatchShapes shapes = batch_shapes(request.data, request.data.crop_size);
  std::mt19937 bits(number + 1);
  const auto filled = [&](const Shape& shape) {
    std::vector<float> values;
    for (int64_t i = 0; i < shape.elements(); ++i)
      values.push_back(static_cast<float>(bits()) * 0x1p-31f - 1);
    return values;
  };
  Batch batch{.a_shape = shapes.a,
              .b_shape = shapes.b,
              .a = filled(shapes.a),
              .b = filled(shapes.b),
              .files = {},
              .b_files = {}};
  const int64_t classes = shapes.a.c - request.data.latent;
  for (int64_t n = 0; n < shapes.a.n; ++n)
    for (int64_t i = 0; i < classes; ++i)
      batch.a[static_cast<size_t>(n * shapes.a.c + request.data.latent + i)] =
          n % classes == i ? 1.0f : 0.0f;
  return batch;
}

std::unique_ptr<Trainer> trainer_of(const TrainingRequest& request) {
  const BatchShapes shapes = batch_shapes(request.data, request.data.crop_size);
  return std::make_unique<Trainer>(training_device(), prepare(request, shapes.a, shapes.b).method,
                                   TrainerOptions{request.init, request.seed, 0});
}

Losses step(Trainer& trainer, const TrainingRequest& request) {
  std::vector<Batch> batches;
  const int count = trainer.method().batches_per_step();
  for (int i = 0; i < count; ++i)
    batches.push_back(noise(request, static_cast<uint32_t>(trainer.steps_done() * count + i)));
  return trainer.step(batches, 1e-3f);
}

std::map<std::string, double> first_losses(const TrainingRequest& request) {
  const std::unique_ptr<Trainer> trainer = trainer_of(request);
  std::map<std::string, double> losses;
  for (const auto& [what, value] : step(*trainer, request)) losses[what.name()] = value;
  for (const auto& [name, value] : losses) EXPECT_TRUE(std::isfinite(value)) << name;
  return losses;
}

TEST(Family, EveryMethodTakesAStepWithAndWithoutLabels) {
  for (const std::string& method : family_methods()) {
    TrainingRequest request = tiny(method);
    EXPECT_EQ(first_losses(request).contains("penalty"), method == "wgan-gp") << method;
    if (method == "cgan" || method == "stylegan2") continue;
    request.data.labels = true;
    request.data.label_names = {"a", "b", "c"};
    EXPECT_TRUE(first_losses(request).contains("G_GAN")) << method;
  }
}

TEST(Family, LossesAreOptionsOfEveryMethod) {
  TrainingRequest request = tiny("dcgan");
  request.norm = Norm::none;
  std::set<double> different;
  for (const GanMode mode : {GanMode::vanilla, GanMode::lsgan, GanMode::hinge, GanMode::wgan}) {
    request.gan_mode = mode;
    different.insert(first_losses(request).at("D_real"));
  }
  EXPECT_EQ(different.size(), 4u);
  request.gan_mode = GanMode::wgangp;
  request.penalty_weight = 10;
  const double ten = first_losses(request).at("penalty");
  request.penalty_weight = 20;
  EXPECT_NEAR(first_losses(request).at("penalty"), 2 * ten, 1e-5 * ten);
  request.r1_gamma = 2;
  const double two = first_losses(request).at("r1");
  request.r1_gamma = 6;
  EXPECT_NEAR(first_losses(request).at("r1"), 3 * two, 1e-5 * two);
}

TEST(Family, ClippedWeightsStayWithinTheLimit) {
  TrainingRequest request = tiny("wgan-gp");
  request.gan_mode = GanMode::wgan;
  request.weight_clip = 0.02f;
  request.init = {InitType::uniform, 1};
  const std::unique_ptr<Trainer> trainer = trainer_of(request);
  step(*trainer, request);
  float largest = 0;
  for (const auto& [key, tensor] : trainer->network(kD))
    for (const float value : tensor.to_float()) largest = std::max(largest, std::abs(value));
  EXPECT_EQ(largest, 0.02f);
}

TEST(Family, ARunThatIsTakenUpAgainIsTheSameBitForBit) {
  TrainingRequest request = tiny("wgan-gp");
  request.critic_steps = 2;
  const std::unique_ptr<Trainer> whole = trainer_of(request), begun = trainer_of(request);
  for (int i = 0; i < 4; ++i) step(*whole, request);
  for (int i = 0; i < 2; ++i) step(*begun, request);
  const std::unique_ptr<Trainer> resumed = trainer_of(request);
  resumed->restore(begun->counts(), begun->tensors());
  Losses last;
  for (int i = 0; i < 2; ++i) last = step(*resumed, request);
  for (const Network& network : {kG, kD}) {
    const StateDict expected = whole->network(network), actual = resumed->network(network);
    for (const auto& [key, tensor] : expected)
      EXPECT_EQ(actual.find(key)->data, tensor.data) << network.name() << '.' << key;
  }
  EXPECT_EQ(resumed->counts().updates, (std::map<int, int64_t>{{0, 4}, {1, 8}}));
  EXPECT_THROW(resumed->step(noise(request, 0), 1e-3f), Error) << "one batch where there are two";
}

void expect_refused(const TrainingRequest& request, const std::string& reason) {
  const BatchShapes shapes = batch_shapes(request.data, request.data.crop_size);
  try {
    prepare(request, shapes.a, shapes.b);
    ADD_FAILURE() << request.method << ": nothing was refused; " << reason;
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
  }
}

TEST(Family, WhatThePapersRuleOutIsRefused) {
  TrainingRequest request = tiny("cgan");
  request.data.labels = false;
  expect_refused(request, "needs --labels");
  request = tiny("wgan-gp");
  request.norm = Norm::batch;
  expect_refused(request, "choose --norm none");
  request = tiny("dcgan");
  request.generator = "perceptron";
  expect_refused(request, "its networks are convolutional");
  request = tiny("sngan");
  request.spectral_norm = false;
  expect_refused(request, "--spectral-norm");
  request = tiny("dcgan");
  request.data.crop_size = 33;
  expect_refused(request, "choose a --crop-size such as");
  request = tiny("stylegan2");
  request.data.labels = true;
  expect_refused(request, "learns without labels");
  request = tiny("stylegan2");
  request.data.crop_size = 48;
  expect_refused(request, "power of two");
  request = tiny("stylegan2");
  request.gan_mode = GanMode::wgangp;
  expect_refused(request, "--gan-mode");
  request = tiny("gan");
  request.discriminator = "basic";
  expect_refused(request, "--netD basic: gan has maxout, dcgan and sngan");
}

}  // namespace
}  // namespace imago

// The loss of a classifier, a run of one, and what it then says of pictures.
#include "models/training/methods/classifier.h"

#include <gtest/gtest.h>

#include <cmath>

#include "compute/base/error.h"
#include "compute/vk/program.h"
#include "models/checkpoint/checkpoint.h"
#include "models/measure/classify.h"
#include "models/training/run/history.h"
#include "models/training/train.h"
#include "tests/base/folder.h"
#include "tests/data/support.h"
#include "tests/training/small_training.h"

namespace imago {
namespace {

using test::save_png;
namespace fs = std::filesystem;

double on_host(const std::function<Tensor(Tensor, Tensor)>& function,
               const std::vector<double>& logits, const std::vector<double>& label, int64_t n) {
  const auto classes = static_cast<int64_t>(logits.size()) / n;
  Graph graph;
  const Tensor x = graph.input("x", {n, classes, 1, 1}), y = graph.input("y", {n, classes, 1, 1});
  graph.output("value", function(x, y));
  return evaluate(graph, [&](const Node& node) { return node.name == "x" ? logits : label; })[0]
      .values[0];
}

TEST(ClassifierLoss, IsTheMeanLogarithmOfWhatSoftmaxGivesToTheClass) {
  const std::vector<double> logits = {1, 2, -1, 0.5, 0, 3}, label = {0, 0, 1, 1, 0, 0};
  const auto softmax = [&](size_t first, size_t at) {
    double sum = 0;
    for (size_t i = 0; i < 3; ++i) sum += std::exp(logits[first + i]);
    return std::exp(logits[first + at]) / sum;
  };
  EXPECT_NEAR(on_host(cross_entropy, logits, label, 2),
              -(std::log(softmax(0, 2)) + std::log(softmax(3, 0))) / 2, 1e-9);
  EXPECT_NEAR(on_host(recognised, logits, label, 2), 0, 1e-12);
  EXPECT_NEAR(on_host(recognised, logits, {0, 1, 0, 1, 0, 0}, 2), 0.5, 1e-12);
  // Exponentials of these alone would be infinite in single precision.
  EXPECT_NEAR(on_host(cross_entropy, {900, 0, 0}, {0, 1, 0}, 1), 900, 1e-6);
}

/// Pictures of 8x8 that are dark above or below, each a little different.
void write_halves(const fs::path& folder, int count, int seed) {
  for (int i = 0; i < count; ++i)
    for (const bool above : {false, true})
      save_png(folder / (above ? "above" : "below") / (std::to_string(i) + ".png"), 8, 8,
               [&](int x, int y, int c) {
                 const int noise = (x * 7 + y * 13 + c * 5 + i * 17 + seed) % 60;
                 return ((y < 4) == above ? 30 : 160) + noise;
               });
}

TrainingRequest request_in(const fs::path& folder, const std::string& name) {
  TrainingRequest request = default_request("classifier");
  request.name = name;
  request.checkpoints_dir = folder / "runs";
  request.data.dataroot = folder / "data";
  request.data.crop_size = 8;
  request.data.batch_size = 8;
  request.generator_features = 4;
  request.schedule.epochs = 8;
  request.schedule.epochs_decay = 0;
  request.schedule.learning_rate = 0.01f;
  request.validate_epochs = 4;
  request.save_steps = 8;
  return request;
}

TEST(ClassifierRun, LearnsLabelsAndGoesOnWhereItWasStopped) {
  const TemporaryFolder folder;
  write_halves(folder.path() / "data/train", 16, 0);
  write_halves(folder.path() / "data/val", 6, 900);
  const TrainingRequest request = request_in(folder.path(), "whole");
  const TrainingResult whole = train(training_device(), request);
  const fs::path file = whole.folder / "latest_net_C.pth";
  const History history = read_history(whole.folder / "metrics.jsonl");
  ASSERT_FALSE(history.validations.empty());
  EXPECT_EQ(history.validations.back().metrics, (NamedNumbers{{"accuracy", 1.0}}));
  EXPECT_TRUE(history.alarms.empty());
  EXPECT_TRUE(fs::exists(whole.folder / "best_net_C.pth"));

  TrainingRequest again = request;
  again.name = "stopped";
  int64_t step = 0;
  train(training_device(), again, {.should_stop = [&] { return step++ == 13; }});
  resume(training_device(), RunFolder{again.checkpoints_dir / again.name});
  EXPECT_EQ(content_of(folder.path() / "runs/stopped/latest_net_C.pth"), content_of(file));

  FeatureNetwork network(training_device(), file);
  EXPECT_EQ(network.labels(), (std::vector<std::string>{"above", "below"}));
  EXPECT_EQ(network.side(), 8);
  DataOptions data;
  data.dataroot = folder.path() / "data";
  data.phase = "val";
  std::vector<std::string> failures;
  const Confusion confusion = confusion_of(network, data, failures);
  EXPECT_EQ(confusion.counts, (std::vector<std::vector<int64_t>>{{6, 0}, {0, 6}}));
  EXPECT_TRUE(failures.empty());
}

TEST(ClassifierRun, TheSameFeaturesWhateverIsLookedAtBeside) {
  const TemporaryFolder folder;
  write_halves(folder.path() / "data/train", 8, 0);
  TrainingRequest request = request_in(folder.path(), "run");
  request.max_steps = 2;
  const TrainingResult run = train(training_device(), request);
  FeatureNetwork network(training_device(), run.folder / "latest_net_C.pth");
  std::vector<Planes> pictures;
  for (int i = 0; i < 19; ++i) {
    pictures.emplace_back(i % 2 == 0 ? 3 : 1, 8, 8);
    for (size_t k = 0; k < pictures.back().values.size(); ++k)
      pictures.back().values[k] = static_cast<float>(std::sin(static_cast<double>(k + i)));
  }
  const std::vector<Answer> together = network.look(pictures);
  ASSERT_EQ(together.size(), pictures.size());
  for (const size_t i : {0u, 15u, 16u, 18u}) {
    const std::vector<Answer> alone = network.look(std::span(pictures).subspan(i, 1));
    EXPECT_EQ(alone[0].features, together[i].features) << i;
    EXPECT_EQ(alone[0].label, together[i].label);
  }
  EXPECT_EQ(together[0].features.size(), 8u);
}

TEST(ClassifierRun, WhatIsNoneIsRefused) {
  TrainingRequest request = default_request("classifier");
  request.data.labels = false;
  EXPECT_THROW(check(request), Error);
  request = default_request("classifier");
  request.data.crop_size = 6;
  EXPECT_THROW(check(request), Error);
  try {
    FeatureNetwork network(training_device(),
                           fs::path(IMAGO_FIXTURES) / "training/classifier.safetensors");
    FAIL() << "it has other tensors too";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("is no network whose features"), std::string::npos);
  }
}

}  // namespace
}  // namespace imago

// Training with recomputed activations: the same steps, bit for bit, in less memory.
#include <gtest/gtest.h>

#include <cstdio>
#include <random>

#include "compute/plan/plan.h"
#include "models/training/methods/cyclegan.h"
#include "models/training/methods/pix2pix.h"
#include "models/training/methods/srgan.h"
#include "models/training/trainer.h"
#include "tests/training/small_training.h"

namespace imago {
namespace {

using MakeMethod = std::function<Method()>;

/// The losses of three steps in each stage, what the last one made, and all networks after it.
std::vector<float> train(const MakeMethod& make, const Shape& a, const Shape& b, bool recompute) {
  TrainerOptions options;
  options.seed = 5;
  options.gradient_checkpointing = recompute;
  Trainer trainer(training_device(), make(), options);
  std::mt19937 random(1);
  const auto picture = [&](const Shape& shape) {
    std::vector<float> values(static_cast<size_t>(shape.elements()));
    for (float& value : values) value = static_cast<float>(random() % 2001) / 1000 - 1;
    return values;
  };
  std::vector<float> seen;
  const auto add = [&](std::span<const float> values) {
    seen.insert(seen.end(), values.begin(), values.end());
  };
  for (size_t stage = 0; stage < trainer.method().stages.size(); ++stage) {
    if (stage > 0) trainer.set_stage(stage);
    for (int step = 0; step < 3; ++step)
      for (const auto& [name, loss] : trainer.step({.a_shape = a,
                                      .b_shape = b,
                                      .a = picture(a),
                                      .b = picture(b),
                                      .files = {},
                                      .b_files = {}},
                                                   2e-3f))
        seen.push_back(loss);
  }
  add(trainer.image(TrainingImage::fake_b));
  for (const Network& network : trainer.method().networks)
    for (const auto& [key, tensor] : trainer.network(network))
      if (!key.ends_with("num_batches_tracked")) add(tensor.to_float());
  return seen;
}

void expect_same(const MakeMethod& make, const Shape& a, const Shape& b) {
  // The plans do differ.
  const Method method = make();
  const Graph& graph = *method.stages.back().phases[0].graph;
  const DeviceProperties& properties = training_device().properties();
  EXPECT_GT(make_plan(graph, properties, {.gradient_checkpointing = true, .fold_constants = false})
                .dispatches.size(),
            make_plan(graph, properties, {.fold_constants = false}).dispatches.size());
  EXPECT_EQ(train(make, a, b, false), train(make, a, b, true));
}

TEST(Recompute, Pix2PixTrainsTheSame) {
  const Shape shape = {1, 3, 32, 32};
  expect_same(
      [&] {
        Pix2PixOptions options;
        options.generator = unet_generator({.features = 4, .depth = 5});
        options.discriminator.features = 4;
        options.discriminator.layers = 2;
        return pix2pix(options, shape, shape);
      },
      shape, shape);
}

TEST(Recompute, CycleGanTrainsTheSame) {
  const Shape shape = {1, 3, 24, 24};
  expect_same(
      [&] {
        CycleGanOptions options;
        options.a_to_b = options.b_to_a =
            resnet_generator({.features = 4, .blocks = 3, .dropout = true});
        options.dropout = true;
        options.discriminator.features = 4;
        options.discriminator.layers = 2;
        return cyclegan(options, shape, shape);
      },
      shape, shape);
}

TEST(Recompute, SrganTrainsTheSame) {
  const Shape a = {2, 3, 8, 8}, b = {2, 3, 32, 32};
  expect_same(
      [&] {
        SrganOptions options;
        options.generator = srresnet_generator({.features = 4, .blocks = 4});
        options.discriminator.features = 4;
        options.training.ema = 0.9f;
        return srgan(options, a, b);
      },
      a, b);
}

/// Arena and work with recomputation, as shares of those without it.
void expect_shares(const char* name, const Method& method, double most_memory) {
  const Phase& phase = method.stages.back().phases[0];
  const DeviceProperties& properties = training_device().properties();
  const Plan plain = make_plan(*phase.graph, properties, {.fold_constants = false});
  const Plan again = make_plan(*phase.graph, properties,
                               {.gradient_checkpointing = true, .fold_constants = false});
  const auto mib = [](int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); };
  const double memory =
      static_cast<double>(again.arena_bytes) / static_cast<double>(plain.arena_bytes);
  std::printf(
      "  %s, %s: arena %.1f MiB (bound %.1f), with recomputation %.1f (%.1f), %.0f %%; work %+.2f "
      "%%\n",
      name, phase.name.c_str(), mib(plain.arena_bytes), mib(plain.lower_bound_bytes),
      mib(again.arena_bytes), mib(again.lower_bound_bytes), 100 * memory,
      100 * (again.flops / plain.flops - 1));
  EXPECT_LE(memory, most_memory) << name;
  EXPECT_LE(again.flops, 1.01 * plain.flops) << name;
}

// Planned only: docs/training-memory.md.
TEST(Recompute, ThePapersSizesNeedLessMemory) {
  const Shape picture = {1, 3, 256, 256};
  expect_shares("pix2pix", pix2pix({}, picture, picture), 0.85);
  expect_shares("cyclegan", cyclegan({}, picture, picture), 0.5);
  expect_shares("srgan", srgan({}, {16, 3, 24, 24}, {16, 3, 96, 96}), 0.65);
}

}  // namespace
}  // namespace imago

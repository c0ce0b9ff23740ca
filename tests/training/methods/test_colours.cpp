// Pix2Pix with a generator that paints colours alone (keeping_luma).
#include <gtest/gtest.h>

#include "compute/ops/ops.h"
#include "models/training/methods/pix2pix.h"
#include "tests/training/small_training.h"

namespace imago {
namespace {

/// What it is given, which is in colour already, times `weight`.
Generator identity(float weight = 1) {
  Generator generator;
  generator.info.architecture = "identity";
  generator.info.input_low = -1;
  generator.weights.insert(
      "w", HostTensor::from_float({3, 3, 1, 1}, {weight, 0, 0, 0, weight, 0, 0, 0, weight}));
  generator.build = [](Graph& graph, Tensor x, const BuildOptions& options) {
    return conv2d(x, graph.parameter(options.prefix + "w", {3, 3, 1, 1}));
  };
  return generator;
}

constexpr Shape kPicture = {1, 3, 32, 32};

/// A small Pix2Pix whose generator keeps the luma.
Pix2PixOptions small_options() {
  Pix2PixOptions options;
  options.generator = keeping_luma(identity());
  options.discriminator.features = 4;
  options.discriminator.layers = 2;
  options.lambda_features = 10;
  return options;
}

/// The losses of a step on `batch` that changes nothing.
std::map<std::string, double> losses_of(Trainer& trainer, const Batch& batch) {
  std::map<std::string, double> losses;
  for (const auto& [loss, value] : trainer.step(batch, 0)) losses[loss.name()] = value;
  return losses;
}

// The real picture's colours are made as coarse as those of a generator can be: else that alone
// would tell them apart, and the best of generators would be told that it is wrong.
TEST(Colours, ThePerfectGeneratorIsToldThatItIsRight) {
  Trainer trainer(training_device(), pix2pix(small_options(), kPicture, kPicture), {},
                  {{kG, identity().weights}});
  Batch batch = small_batch(small_request("pix2pix"), 0);
  batch.a = batch.b;
  const auto losses = losses_of(trainer, batch);
  EXPECT_NEAR(losses.at("G_L1"), 0, 1e-4);  // times 100
  EXPECT_NEAR(losses.at("feature"), 0, 1e-4);
  const std::span<const float> fake = trainer.image(TrainingImage::fake_b);
  double difference = 0;
  for (size_t i = 0; i < fake.size(); ++i)
    difference = std::max(difference, std::abs(double{fake[i]} - batch.b[i]));
  EXPECT_GT(difference, 0.3) << "noise has no coarse colours: nothing was tested";
}

// With no gradient along greys a tanh drifts to white, where it makes no colours any more: its own
// brightness counts in the loss, by a tenth.
TEST(Colours, ItsOwnBrightnessCounts) {
  Trainer trainer(training_device(), pix2pix(small_options(), kPicture, kPicture), {},
                  {{kG, identity(0.5f).weights}});
  Batch batch = small_batch(small_request("pix2pix"), 0);
  batch.a = batch.b = std::vector<float>(batch.b.size(), 0.5f);  // grey: no colours to be wrong
  EXPECT_NEAR(losses_of(trainer, batch).at("G_L1"), 100 * 0.1 * 0.25, 1e-3);
}

}  // namespace
}  // namespace imago

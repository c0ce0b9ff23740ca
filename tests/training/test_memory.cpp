// What training takes of the device's memory: predicted and measured, and made to fit.
#include "models/training/memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <optional>

#include "compute/base/error.h"
#include "models/training/family.h"
#include "models/training/prepare.h"
#include "models/training/train.h"
#include "models/training/validate.h"
#include "tests/data/support.h"
#include "tests/thorough.h"
#include "tests/training/small_training.h"

namespace imago::test {
namespace {

const DeviceProperties& properties() { return training_device().properties(); }

int64_t peak_of(const TrainingRequest& request) {
  return predict_memory(request, properties()).peak;
}

/// A folder of three pictures that `request` can be trained with.
void make_data(const TrainingRequest& request) {
  const fs::path& root = request.data.dataroot;
  const int side = 2 * request.data.crop_size;
  for (int n = 0; n < 3; ++n) {
    const std::string file = std::to_string(n) + ".png";
    const auto save = [&](const std::string& folder, int width) {
      save_png(root / folder / file, width, side,
               [&](int x, int y, int c) { return (x * 3 + y * 5 + c * 40 + n * 31) % 256; });
    };
    if (request.method == "cyclegan") save("trainA", side), save("trainB", side);
    if (request.method == "pix2pix") save("train", 2 * side);
    if (request.method == "srgan" || is_of_family(request.method)) save("train", side);
  }
}

TrainingRequest small(const std::string& method, int side) {
  TrainingRequest request = default_request(method);
  request.name = "run";
  request.data.load_size = request.data.crop_size = side;
  request.generator_features = request.discriminator_features = 8;
  request.pixel_epochs = 0;
  return request;
}

/// The most of the device's memory that is held while all stages take a step, a validation is done
/// and everything is saved.
int64_t measured_peak(const TrainingRequest& request) {
  const uint64_t before = training_device().used_memory();
  training_device().reset_peak_memory();
  const Dataset dataset(request.data);
  const Batch batch = dataset.batch(0);
  Trainer trainer(training_device(), prepare(request, batch.a_shape, batch.b_shape).method,
                  {request.init, request.seed, request.pool_size, request.gradient_checkpointing,
                   request.precision});
  Validator validator(request, trainer.method());
  const RunFolder folder{request.checkpoints_dir / request.name};
  for (size_t stage = 0; stage < trainer.method().stages.size(); ++stage) {
    trainer.set_stage(stage);
    trainer.step(batch, 1e-4f);
    validator.run(trainer, trainer.steps_done(), 1, folder);
    save_networks(trainer, folder.path, "latest");
  }
  return static_cast<int64_t>(training_device().peak_memory() - before);
}

void expect_predicted(const std::string& name, TrainingRequest request) {
  const TemporaryFolder folder;
  request.data.dataroot = folder.path() / "data";
  request.checkpoints_dir = folder.path() / "runs";
  make_data(request);
  const MemoryEstimate estimate = predict_memory(request, properties());
  const int64_t measured = measured_peak(request);
  const auto mib = [](int64_t bytes) { return static_cast<double>(bytes) / (1 << 20); };
  std::printf("  %-40s predicted %8.2f MiB, measured %8.2f (%+.2f %%)\n", name.c_str(),
              mib(estimate.peak), mib(measured),
              100 * (static_cast<double>(estimate.peak) / static_cast<double>(measured) - 1));
  EXPECT_NEAR(static_cast<double>(estimate.peak) / static_cast<double>(measured), 1, 0.1) << name;
}

TEST(Memory, PredictedWithinATenthOfWhatIsMeasured) {
  TrainingRequest request = small("pix2pix", 64);
  request.generator = "unet_64";
  request.generator_features = 4;
  request.data.batch_size = 4;
  expect_predicted("pix2pix", request);
  request.gradient_checkpointing = true;
  request.gan_mode = GanMode::wgangp;
  request.adam.clip_norm = 1;
  expect_predicted("pix2pix, wgangp, clipped, recomputed", request);
  if (test::thorough()) {
    request = small("cyclegan", 48);
    request.generator = "resnet_2blocks";
    expect_predicted("cyclegan", request);
    if (properties().storage_16bit) {
      request.precision = NumberType::fp16;
      expect_predicted("cyclegan in fp16", request);
    }
  }
  request = small("sngan", 32);
  request.data.batch_size = 4;
  expect_predicted("sngan", request);
  request = small("stylegan2", 32);
  request.data.batch_size = 4;
  request.data.latent = 32;
  expect_predicted("stylegan2", request);
  request = small("srgan", 48);
  request.generator = "srresnet_2blocks";
  request.data.batch_size = 4;
  request.ema = 0.9f;
  expect_predicted("srgan, averages", request);
  if (!test::thorough()) return;
  request.generator = "rrdbnet_1blocks";
  request.discriminator = "unet";
  request.relativistic = true;
  request.ema = 0;
  expect_predicted("srgan, rrdbnet, unet, relativistic", request);
}

/// The largest resident set of this process so far, in MiB.
double most_resident() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  return 0;
}

// Minutes: the sizes of the papers, for docs/training-memory.md. One at a time (--gtest_filter).
TEST(Memory, DISABLED_OfThePapersSizes) {
  const auto show = [](const std::string& name, const TrainingRequest& request) {
    const double before = most_resident();
    expect_predicted(name, request);
    std::printf("  %-40s resident set %+.0f MiB\n", "", most_resident() - before);
  };
  show("srgan 16x96, srresnet, ngf 64", default_request("srgan"));
  TrainingRequest request = default_request("pix2pix");
  show("pix2pix 256, unet_256, ngf 64", request);
  request.gradient_checkpointing = true;
  show("pix2pix 256, recomputed", request);
  request = default_request("cyclegan");
  request.data.crop_size = request.data.load_size = 128;
  request.generator = "resnet_6blocks";
  show("cyclegan 128, resnet_6blocks, ngf 64", request);
  request.gradient_checkpointing = true;
  show("cyclegan 128, recomputed", request);
}

TEST(Memory, ShapesOfUncutPicturesCanBeGiven) {
  TrainingRequest request = small("pix2pix", 64);
  request.generator = "unet_32";
  const int64_t square = peak_of(request);
  EXPECT_EQ(predict_memory(request, properties(), {1, 3, 64, 64}, {1, 3, 64, 64}).peak, square);
  EXPECT_GT(predict_memory(request, properties(), {1, 3, 64, 96}, {1, 3, 64, 96}).work,
            predict_memory(request, properties()).work);
}

TEST(Memory, IsDescribedWithWhatItIsFor) {
  const MemoryEstimate estimate = {.parameters = 600 << 20,
                                   .work = 100 << 20,
                                   .transfer = 36 << 20,
                                   .validation = 5 << 20,
                                   .peak = 1200 << 20,
                                   .host = 0};
  EXPECT_EQ(describe(estimate, uint64_t{8} << 30),
            "takes 1.2 GiB of 8.0 GiB free device memory (weights and their moments 600 MiB, "
            "working memory 100 MiB, transfers 36 MiB, validation 5.0 MiB): fits");
  EXPECT_EQ(describe(estimate, uint64_t{1} << 30),
            "takes 1.2 GiB of 1.0 GiB free device memory (weights and their moments 600 MiB, "
            "working memory 100 MiB, transfers 36 MiB, validation 5.0 MiB): does not fit; --fit "
            "lowers what a step takes until it does");
}

/// What fit_request makes of `request`, which it must make fit.
TrainingRequest fitted(const TrainingRequest& request, int64_t available,
                       std::vector<std::string>& changes) {
  changes.clear();
  TrainingRequest result =
      fit_request(request, properties(), static_cast<uint64_t>(available), &changes);
  EXPECT_LE(peak_of(result), available);
  return result;
}

TEST(Memory, FitRecomputesThenLowersBatchesThenCrops) {
  TrainingRequest request = small("pix2pix", 64);
  request.generator = "resnet_1blocks";
  request.data.batch_size = 6;
  const auto with = [&](bool gradient_checkpointing, int batch, int crop) {
    TrainingRequest other = request;
    other.gradient_checkpointing = gradient_checkpointing;
    other.data.batch_size = batch;
    other.data.crop_size = crop;
    return other;
  };
  std::vector<std::string> changes;
  const auto expect_same = [&](const TrainingRequest& a, const TrainingRequest& b) {
    EXPECT_EQ(a.gradient_checkpointing, b.gradient_checkpointing);
    EXPECT_EQ(a.data.batch_size, b.data.batch_size);
    EXPECT_EQ(a.data.crop_size, b.data.crop_size);
  };
  expect_same(fitted(request, peak_of(request), changes), request);
  EXPECT_TRUE(changes.empty());

  expect_same(fitted(request, peak_of(request) - 1, changes), with(true, 6, 64));
  EXPECT_EQ(changes.size(), 1u);

  expect_same(fitted(request, peak_of(with(true, 6, 64)) - 1, changes), with(true, 5, 64));
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[1], "--batch-size 5 instead of 6");

  expect_same(fitted(request, peak_of(with(true, 2, 64)), changes), with(true, 2, 64));

  // Sides are multiples of 4, as the ResNet needs them.
  expect_same(fitted(request, peak_of(with(true, 1, 64)) - 1, changes), with(true, 1, 60));
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[1], "--batch-size 1 instead of 6");
  EXPECT_EQ(changes[2], "--crop-size 60 instead of 64");

  // A PatchGAN of three layers judges squares of at least 24 pixels.
  // What is not made of pixels may weigh more: then larger ones take no more than these.
  const TrainingRequest least = fitted(request, peak_of(with(true, 1, 24)), changes);
  EXPECT_GE(least.data.crop_size, 24);
  EXPECT_EQ(peak_of(least), peak_of(with(true, 1, 24)));
  try {
    fit_request(request, properties(), static_cast<uint64_t>(peak_of(with(true, 1, 24)) - 1),
                &changes);
    FAIL() << "it cannot fit";
  } catch (const OutOfMemory& error) {
    const std::string message = error.what();
    EXPECT_NE(message.find("--crop-size 24"), std::string::npos) << message;
    EXPECT_NE(message.find("--ngf"), std::string::npos) << message;
  }
}

TEST(Memory, FitKeepsToWhatTheNetworksCanTake) {
  std::vector<std::string> changes;
  TrainingRequest request = small("pix2pix", 128);
  request.generator = "unet_32";
  TrainingRequest least = request;
  least.gradient_checkpointing = true;
  least.data.crop_size = 96;
  EXPECT_EQ(fitted(request, peak_of(least) + 1000, changes).data.crop_size, 96);

  request = small("srgan", 96);
  request.generator = "srresnet_1blocks";
  request.data.scale = 3;
  request.discriminator = "unet";  // multiples of 8
  request.data.batch_size = 1;
  least = request;
  least.gradient_checkpointing = true;
  least.data.crop_size = 48;
  const TrainingRequest result = fitted(request, peak_of(least) + 1000, changes);
  EXPECT_EQ(result.data.crop_size, 48);
}

TEST(Memory, WhatFitsTrainsWithinTheLimit) {
  TrainingRequest request = small("srgan", 64);
  request.generator = "srresnet_2blocks";
  request.data.batch_size = 4;
  const int64_t limit = peak_of(request) / 2;
  std::vector<std::string> changes;
  TrainingRequest fitting = fitted(request, limit, changes);
  const TemporaryFolder folder;
  fitting.data.dataroot = folder.path() / "data";
  fitting.checkpoints_dir = folder.path() / "runs";
  make_data(fitting);
  EXPECT_LE(measured_peak(fitting), limit);
}

}  // namespace
}  // namespace imago::test

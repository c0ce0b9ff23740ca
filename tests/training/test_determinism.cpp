// One seed gives one result: whole runs over folders of pictures, with everything that is left to
// chance (order, crops, flips, dropout, degradation, image pool), end with the same bits.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>

#include "models/checkpoint/checkpoint.h"
#include "models/image/image.h"
#include "models/training/train.h"
#include "tests/training/small_training.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

class Determinism : public testing::Test {
 protected:
  Determinism() {
    std::string name = (fs::temp_directory_path() / "imago-determinism-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    folder_ = name;
    for (int i = 0; i < 3; ++i) {
      save(std::to_string(i) + ".png", "train", 96, 48, i);
      for (const std::string half : {"trainA", "trainB"})
        save(std::to_string(i) + ".png", half, 48, 48, half == "trainA" ? i : i + 3);
    }
  }
  ~Determinism() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  void save(const std::string& name, const std::string& folder, int width, int height, int kind) {
    Image image;
    image.width = width;
    image.height = height;
    for (int i = 0; i < width * height * 3; ++i)
      image.pixels.push_back(static_cast<float>((i * (37 + kind) + i / 7 * 11) % 256) / 255);
    fs::create_directories(folder_ / folder);
    save_image(image, folder_ / folder / name, {});
  }

  TrainingRequest request(const std::string& method) const {
    TrainingRequest r = small_request(method);
    r.data.dataroot = folder_;
    if (method == "srgan") r.data.dataroot /= "train";
    r.checkpoints_dir = folder_ / "checkpoints";
    r.dropout = method != "srgan";
    r.data.degrade = method == "srgan";
    r.pool_size = 2;
    r.pixel_epochs = 1;  // two of the steps
    r.max_steps = 6;
    r.validate_epochs = 0;
    r.print_steps = 1;
    return r;
  }

  struct Result {
    std::vector<Losses> losses;
    std::map<std::string, std::vector<std::byte>> tensors;
    bool operator==(const Result&) const = default;
  };

  Result run(TrainingRequest request, const std::string& name) {
    request.name = name;
    Result result;
    TrainingCallbacks callbacks;
    callbacks.report = [&](const TrainingProgress& p) { result.losses.push_back(p.losses); };
    const TrainingResult trained = train(training_device(), request, callbacks);
    EXPECT_TRUE(trained.finished);
    for (const fs::path& file : trained.checkpoints)
      for (const auto& [key, tensor] : read_checkpoint(file))
        result.tensors[file.filename().string() + ":" + key] = tensor.data;
    return result;
  }

  fs::path folder_;
};

TEST_F(Determinism, OneSeedOneResult) {
  for (const std::string method : {"pix2pix", "cyclegan", "srgan"}) {
    SCOPED_TRACE(method);
    TrainingRequest r = request(method);
    const Result first = run(r, method + "1"), second = run(r, method + "2");
    ASSERT_EQ(first.losses.size(), 6u);
    EXPECT_GT(first.tensors.size(), 20u);
    EXPECT_EQ(first, second);

    r.seed += 1;
    r.max_steps = 1;
    const Result other = run(r, method + "3");
    ASSERT_EQ(first.tensors.size(), other.tensors.size());
    for (const auto& [key, bytes] : first.tensors) {
      if (!key.ends_with(".weight")) continue;
      EXPECT_NE(bytes, other.tensors.at(key)) << key;
    }
    EXPECT_NE(first.losses[0], other.losses[0]);
  }
}

// What is read ahead by how many threads is not left to chance.
TEST_F(Determinism, ThreadsDoNotShow) {
  TrainingRequest r = request("pix2pix");
  r.threads = 1;
  const Result one = run(r, "one");
  r.threads = 4;
  EXPECT_EQ(run(r, "four"), one);
}

TEST_F(Determinism, LearningRatesGoDownAsAsked) {
  struct Case {
    LearningRatePolicy policy;
    std::vector<double> rates;
  };
  const Case cases[] = {{LearningRatePolicy::linear, {1, 1, 1, 0.75, 0.5, 0.25}},
                        {LearningRatePolicy::step, {1, 1, 0.1, 0.1, 0.01, 0.01}},
                        {LearningRatePolicy::cosine, {1, 0.75, 0.25, 0, 0.25, 0.75}}};
  for (const Case& c : cases) {
    SCOPED_TRACE(to_string(c.policy));
    TrainingRequest r = request("pix2pix");
    r.name = std::string("rates_") + to_string(c.policy);
    r.max_steps = 0;
    r.data.max_dataset_size = 1;
    r.schedule = {.policy = c.policy, .learning_rate = 1e-3f, .epochs = 3, .epochs_decay = 3};
    r.schedule.decay_epochs = 2;
    std::vector<double> rates;
    TrainingCallbacks callbacks;
    callbacks.report = [&](const TrainingProgress& p) {
      rates.push_back(double{p.learning_rate} / 1e-3);
    };
    train(training_device(), r, callbacks);
    ASSERT_EQ(rates.size(), c.rates.size());
    for (size_t i = 0; i < rates.size(); ++i) EXPECT_NEAR(rates[i], c.rates[i], 1e-5) << i;
  }
}

// Nothing is learned with a rate next to zero, so the losses stand still: a fifth after six epochs
// without an improvement.
TEST_F(Determinism, PlateauLowersTheRateOfARunThatStandsStill) {
  TrainingRequest r = request("pix2pix");
  r.name = "plateau";
  r.max_steps = 9;
  r.data.max_dataset_size = 1;
  r.data.flip = r.dropout = false;
  r.data.load_size = r.data.crop_size;
  r.schedule.policy = LearningRatePolicy::plateau;
  r.schedule.learning_rate = 1e-12f;
  std::vector<float> rates;
  TrainingCallbacks callbacks;
  callbacks.report = [&](const TrainingProgress& p) { rates.push_back(p.learning_rate); };
  train(training_device(), r, callbacks);
  ASSERT_EQ(rates.size(), 9u);
  for (size_t epoch = 0; epoch < 9; ++epoch)
    EXPECT_NEAR(rates[epoch] / 1e-12f, epoch < 7 ? 1 : 0.2, 1e-4) << epoch;
}

// Epochs are counted from --epoch-count on, as are numbered checkpoints.
TEST_F(Determinism, EpochsCountFromWhereTheyWereLeft) {
  TrainingRequest r = request("pix2pix");
  r.name = "later";
  r.max_steps = 0;
  r.data.max_dataset_size = 1;
  r.schedule = {.learning_rate = 1e-3f, .epochs = 5, .epochs_decay = 3, .first_epoch = 7};
  r.save_epochs = 8;
  std::vector<std::pair<int, double>> seen;
  TrainingCallbacks callbacks;
  callbacks.report = [&](const TrainingProgress& p) {
    seen.emplace_back(p.epoch, std::round(double{p.learning_rate} / 1e-3 * 100));
    EXPECT_EQ(p.epochs, 8);
  };
  train(training_device(), r, callbacks);
  EXPECT_EQ(seen, (std::vector<std::pair<int, double>>{{7, 50}, {8, 25}}));
  EXPECT_TRUE(fs::exists(r.checkpoints_dir / "later" / "8_net_G.pth"));
}

}  // namespace
}  // namespace imago

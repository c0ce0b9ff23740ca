// Training with values stored in fp16: it learns what it learns in fp32, and a step whose gradients
// leave fp16's range changes nothing but the loss scale.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <string>

#include "compute/base/error.h"
#include "compute/base/random.h"
#include "compute/plan/plan.h"
#include "models/checkpoint/tensor_match.h"
#include "models/training/make_trainer.h"
#include "models/training/memory.h"
#include "models/training/methods/cyclegan.h"
#include "models/training/methods/pix2pix.h"
#include "models/training/methods/srgan.h"
#include "models/training/prepare.h"
#include "models/training/run/history.h"
#include "models/training/run/run.h"
#include "models/training/run/state.h"
#include "models/training/train.h"
#include "tests/data/support.h"
#include "tests/thorough.h"
#include "tests/training/small_training.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

class MixedPrecision : public testing::Test {
 protected:
  void SetUp() override {
    if (!training_device().properties().storage_16bit)
      GTEST_SKIP() << training_device().properties().name << " stores no fp16";
  }
};

TrainingRequest half_request(const std::string& method) {
  TrainingRequest request = small_request(method);
  request.precision = NumberType::fp16;
  return request;
}

Losses step_on_noise(Trainer& trainer, const TrainingRequest& request) {
  const auto number = static_cast<uint32_t>(trainer.steps_done());
  return trainer.step(small_batch(request, number), 2e-4f);
}

void set_scale(Trainer& trainer, int slot, float scale) {
  Trainer::Counts counts = trainer.counts();
  counts.loss_scales.at(slot).scale = scale;
  trainer.restore(counts, trainer.tensors());
}

/// The names of tensors that differ, but for what the forward pass keeps (running statistics).
std::vector<std::string> changed(const StateDict& before, const StateDict& after) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : after)
    if (!is_tracked(name) && before.find(name)->data != tensor.data) names.push_back(name);
  return names;
}

bool belongs_to(const std::string& tensor, const std::string& role) {
  return tensor.find(role) != std::string::npos;
}

/// The usual run tries one method.
std::vector<std::string> methods() {
  if (!test::thorough()) return {"pix2pix"};
  return {"pix2pix", "cyclegan", "srgan"};
}

/// Every stored value is off by 2^-11 of itself at most, which hardly shows in losses, averages of
/// many: 2^-9 is four such roundings that all go one way. Within ten steps CycleGAN's and SRGAN's
/// judges, with logits near 0, begin to go ways of their own, as after any other rounding; what the
/// generators are to match stays within 2^-7.
TEST_F(MixedPrecision, TenStepsAreThoseOfFp32) {
  for (const std::string& method : methods()) {
    SCOPED_TRACE(method);
    TrainingRequest request = small_request(method);
    const Outcome single = train_briefly(request, 10);
    request.precision = NumberType::fp16;
    const Outcome half = train_briefly(request, 10);
    for (const size_t i : {size_t{0}, size_t{9}})
      for (const auto& [name, loss] : single.losses[i]) {
        const bool stays = i == 0 || method == "pix2pix";
        if (!stays && !loss_named(name)->is_content()) continue;
        EXPECT_NEAR(half.loss(name, i) / loss, 1, stays ? 0x1p-9 : 0x1p-7)
            << name << " in step " << i + 1;
      }
    EXPECT_NE(half.losses, single.losses) << "stores fp32 all the same";
  }
}

TEST_F(MixedPrecision, AnOverflowChangesNothingButTheScale) {
  for (const std::string& method : methods()) {
    SCOPED_TRACE(method);
    TrainingRequest request = half_request(method);
    request.ema = 0.9f;
    const std::unique_ptr<Trainer> trainer = small_trainer(request);
    set_scale(*trainer, kGeneratorSlot, 1);
    set_scale(*trainer, kDiscriminatorSlot, 1);
    step_on_noise(*trainer, request);
    ASSERT_FALSE(trainer->skipped());

    set_scale(*trainer, kGeneratorSlot, 0x1p60f);
    const StateDict before = trainer->tensors();
    step_on_noise(*trainer, request);
    EXPECT_TRUE(trainer->skipped());
    Trainer::Counts counts = trainer->counts();
    EXPECT_EQ(counts.loss_scales.at(kGeneratorSlot), (LossScale{0x1p59f, 0, 1}));
    EXPECT_EQ(counts.loss_scales.at(kDiscriminatorSlot), (LossScale{1, 2, 0}));
    EXPECT_EQ(counts.updates.at(kGeneratorSlot), 1);
    EXPECT_EQ(counts.updates.at(kDiscriminatorSlot), 2);
    EXPECT_EQ(counts.steps, 2);
    const std::vector<std::string> names = changed(before, trainer->tensors());
    EXPECT_FALSE(names.empty()) << "the discriminator was to learn";
    for (const std::string& name : names) EXPECT_FALSE(belongs_to(name, "G")) << name;

    int more = 0;  // until the scale is small enough
    do {
      step_on_noise(*trainer, request);
    } while (trainer->skipped() && ++more < 70);
    EXPECT_FALSE(trainer->skipped());
    counts = trainer->counts();
    EXPECT_EQ(counts.loss_scales.at(kGeneratorSlot).skipped, more + 1);
    EXPECT_EQ(counts.loss_scales.at(kGeneratorSlot).scale, std::ldexp(0x1p59f, -more));
    EXPECT_EQ(counts.updates.at(kGeneratorSlot), 2);
    bool learned = false;
    for (const std::string& name : changed(before, trainer->tensors()))
      learned = learned || belongs_to(name, "G");
    EXPECT_TRUE(learned);
    for (const auto& [name, tensor] : trainer->tensors())
      for (const float value : tensor.to_float()) ASSERT_TRUE(std::isfinite(value)) << name;
  }
}

TEST(LossScale, IsHalvedAtOnceAndDoubledAfterTwoThousandSteps) {
  LossScale scale;
  EXPECT_EQ(scale.scale, 65536);
  for (int i = 1; i < 2000; ++i) scale.after_step(true);
  EXPECT_EQ(scale.scale, 65536);
  scale.after_step(true);
  EXPECT_EQ(scale, (LossScale{131072, 0, 0}));
  for (int i = 1; i < 2000; ++i) scale.after_step(true);
  scale.after_step(false);
  EXPECT_EQ(scale, (LossScale{65536, 0, 1}));
  scale.after_step(true);
  EXPECT_EQ(scale, (LossScale{65536, 1, 1}));
}

/// Stopped before, in the middle and at the end of steps that are skipped.
TEST_F(MixedPrecision, GoesOnExactlyAcrossSkippedSteps) {
  TrainingRequest request = half_request("pix2pix");
  request.ema = 0.9f;
  const TemporaryFolder folder;
  const std::unique_ptr<Trainer> whole = small_trainer(request);
  set_scale(*whole, kGeneratorSlot, 0x1p18f);
  int skipped = 0;
  for (int i = 0; i < 8; ++i) {
    TrainingState state;
    state.counts = whole->counts();
    write_state(state, whole->tensors(), folder.path());
    step_on_noise(*whole, request);
    skipped += whole->skipped();
    std::vector<std::string> damaged;
    const StoredState stored = *read_newest_state(folder.path(), damaged);
    EXPECT_EQ(stored.state.counts.loss_scales, state.counts.loss_scales);
    const std::unique_ptr<Trainer> again = small_trainer(request);
    again->restore(stored.state.counts, stored.tensors);
    step_on_noise(*again, request);
    EXPECT_EQ(again->counts().loss_scales, whole->counts().loss_scales);
    EXPECT_EQ(again->counts().updates, whole->counts().updates);
    const StateDict expected = whole->tensors();
    for (const auto& [name, tensor] : again->tensors())
      ASSERT_EQ(tensor.data, expected.find(name)->data) << name << " after step " << i + 1;
  }
  EXPECT_GT(skipped, 1);
  EXPECT_LT(skipped, 8);
}

/// What can be made again is: the pass that does so keeps the types of what it repeats.
TEST_F(MixedPrecision, RecomputationChangesNoBit) {
  TrainingRequest request = half_request("cyclegan");
  request.generator = "resnet_3blocks";
  const Outcome kept = train_briefly(request, 2);
  request.gradient_checkpointing = true;
  const Outcome again = train_briefly(request, 2);
  EXPECT_EQ(kept.losses, again.losses);
  EXPECT_EQ(kept.weights("G_A"), again.weights("G_A"));
}

/// A pair that can be learned: shapes of two colours, and the same filled and shaded.
Batch drawn_batch(uint32_t number, int64_t side) {
  Batch batch;
  batch.a_shape = batch.b_shape = {1, 3, side, side};
  const auto words = philox({number, 5, 0, 0}, {1, 2});
  const auto n = static_cast<uint32_t>(side);
  const uint32_t left = words[0] % (n / 2), top = words[1] % (n / 2),
                 size = n / 4 + words[2] % (n / 4);
  for (uint32_t c = 0; c < 3; ++c)
    for (uint32_t y = 0; y < n; ++y)
      for (uint32_t x = 0; x < n; ++x) {
        const bool inside = x - left < size && y - top < size;
        const bool round = (x - n / 2) * (x - n / 2) + (y - n / 2) * (y - n / 2) < n * n / 16;
        const float shade = static_cast<float>(x + y) / static_cast<float>(2 * n);
        batch.a.push_back(inside ? (c == words[3] % 3 ? 1.0f : -1.0f) : round ? 0.0f : -1.0f);
        batch.b.push_back(inside  ? (c == words[3] % 3 ? shade : -shade)
                          : round ? 0.5f - shade
                                  : -0.8f);
      }
  return batch;
}

/// The generator's loss, averaged over the last 100 of 300 steps.
TEST_F(MixedPrecision, ThreeHundredStepsOfPix2PixLearnAsInFp32) {
  if (!test::thorough()) GTEST_SKIP() << "takes minutes";
  TrainingRequest request = small_request("pix2pix");
  request.generator_features = request.discriminator_features = 16;
  const auto loss_of = [&](NumberType precision) {
    request.precision = precision;
    const std::unique_ptr<Trainer> trainer = small_trainer(request);
    double first = 0, last = 0;
    for (uint32_t i = 0; i < 300; ++i)
      for (const auto& [loss, value] : trainer->step(drawn_batch(i % 40, 32), 2e-4f)) {
        if (loss.name() != "G_GAN" && loss.name() != "G_L1") continue;
        if (i < 10) first += double{value} / 10;
        if (i >= 200) last += double{value} / 100;
      }
    const Trainer::Counts counts = trainer->counts();
    std::printf("  %s: %.3f in the first 10 steps, %.3f in the last 100", to_string(precision),
                first, last);
    for (const auto& [slot, scale] : counts.loss_scales)
      std::printf("; slot %d: scale %g, %d skipped", slot, static_cast<double>(scale.scale),
                  static_cast<int>(scale.skipped));
    std::printf("\n");
    EXPECT_LT(last, first / 2) << "nothing was learned";
    return last;
  };
  const double single = loss_of(NumberType::fp32), half = loss_of(NumberType::fp16);
  EXPECT_NEAR(half / single, 1, 0.02);
}

class MixedPrecisionRun : public MixedPrecision {
 protected:
  MixedPrecisionRun() {
    for (int n = 0; n < 3; ++n)
      test::save_png(folder_.path() / "train" / (std::to_string(n) + ".png"), 64, 32,
                     [&](int x, int y, int c) { return (x * 3 + y * 5 + c * 40 + n * 31) % 256; });
    request_ = half_request("pix2pix");
    request_.name = "run";
    request_.data.dataroot = folder_.path();
    request_.checkpoints_dir = folder_.path() / "runs";
    request_.validate_epochs = 0;
    request_.print_steps = 1;
  }

  const TemporaryFolder folder_;
  TrainingRequest request_;
};

TEST_F(MixedPrecisionRun, TellsItsScaleAndWhatItSkipped) {
  request_.max_steps = 4;
  request_.lambda_l1 = 1e5f;  // too much for the first scale
  const TrainingResult result = train(training_device(), request_);
  EXPECT_TRUE(result.finished);
  const History history = read_history(RunFolder{result.folder}.metrics());
  ASSERT_EQ(history.losses.size(), 4u);
  EXPECT_TRUE(history.alarms.empty());
  std::map<std::string, double> last;
  for (const auto& [name, value] : history.losses.back().health) last[name] = value;
  EXPECT_GT(last.at("skipped_G"), 0);
  EXPECT_EQ(last.at("loss_scale_G"), std::ldexp(65536, -static_cast<int>(last.at("skipped_G"))));
  EXPECT_EQ(last.at("skipped_D"), 0);
}

TEST_F(MixedPrecisionRun, EndsWhereNoScaleHelps) {
  request_.max_steps = 100;
  request_.norm = Norm::none;
  request_.init = {InitType::normal, 100};  // activations grow a hundredfold with every layer
  try {
    train(training_device(), request_);
    ADD_FAILURE() << "went on";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("--precision fp32"), std::string::npos)
        << error.what();
  }
}

TEST(HalfRequests, WithPenaltiesAreRefused) {
  const auto refused = [](const TrainingRequest& request) {
    try {
      check(request);
    } catch (const Error& error) {
      return std::string(error.what()).find("--precision fp16: not with") == 0;
    }
    return false;
  };
  TrainingRequest request = half_request("pix2pix");
  EXPECT_NO_THROW(check(request));
  request.r1_gamma = 1;
  EXPECT_TRUE(refused(request));
  request.r1_gamma = 0;
  request.gan_mode = GanMode::wgangp;
  EXPECT_TRUE(refused(request));
  for (const char* method : {"wgan-gp", "stylegan2"}) {
    TrainingRequest other = default_request(method);
    other.precision = NumberType::fp16;
    EXPECT_TRUE(refused(other)) << method;
  }
}

TEST_F(MixedPrecisionRun, IsRefusedWhereNoFp16IsStored) {
  DeviceOptions options;
  options.adapt = [](DeviceProperties& p) { p.storage_16bit = false; };
  Device device("", options);
  try {
    make_trainer(device, request_, Dataset(request_.data));
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("--precision fp32"), std::string::npos)
        << error.what();
  }
}

/// What docs/training-memory.md shows.
void expect_less_memory(const char* name, const std::function<Method(NumberType)>& make,
                        double most) {
  const auto arena = [&](NumberType type, size_t phase, size_t stage, bool again, bool gpu) {
    const Method method = make(type);
    DeviceProperties properties = training_device().properties();
    if (gpu) properties.kind = DeviceProperties::Kind::discrete;
    return static_cast<double>(
               make_plan(
                   *method.stages[stage].phases[phase].graph, properties,
                   {.storage = type, .gradient_checkpointing = again, .fold_constants = false})
                   .arena_bytes) /
           (1 << 20);
  };
  const Method shown = make(NumberType::fp32);
  for (size_t stage = 0; stage < shown.stages.size(); ++stage)
    for (size_t phase = 0; phase < shown.stages[stage].phases.size(); ++phase) {
      std::printf("  %s, %s:", name, shown.stages[stage].phases[phase].name.c_str());
      for (const bool gpu : {false, true})
        for (const bool again : {false, true}) {
          const double single = arena(NumberType::fp32, phase, stage, again, gpu);
          const double half = arena(NumberType::fp16, phase, stage, again, gpu);
          std::printf(" %s%s %.1f -> %.1f MiB;", gpu ? "as on a GPU" : "here",
                      again ? " recomputed" : "", single, half);
          if (gpu && !again && phase == 0) {
            EXPECT_LE(half, most * single) << name;
          }
        }
      std::printf("\n");
    }
}

TEST_F(MixedPrecision, ThePapersSizesNeedLessMemory) {
  const Shape picture = {1, 3, 256, 256}, four = {4, 3, 256, 256};
  const auto pix2pix_of = [](const Shape& shape) {
    return [=](NumberType type) {
      Pix2PixOptions options;
      options.training.precision = type;
      return pix2pix(options, shape, shape);
    };
  };
  expect_less_memory("pix2pix", pix2pix_of(picture), 1.0);
  expect_less_memory("pix2pix of 4", pix2pix_of(four), 0.8);
  expect_less_memory(
      "srgan",
      [](NumberType type) {
        SrganOptions options;
        options.training.precision = type;
        return srgan(options, {16, 3, 24, 24}, {16, 3, 96, 96});
      },
      0.6);
  if (!test::thorough()) return;
  expect_less_memory(
      "cyclegan",
      [&](NumberType type) {
        CycleGanOptions options;
        options.training.precision = type;
        return cyclegan(options, picture, picture);
      },
      0.6);
}

}  // namespace
}  // namespace imago

// Every option of training: two steps at the least size are taken with finite losses, and the
// option does what it says.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "compute/graph/optimize.h"
#include "models/checkpoint/checkpoint.h"
#include "models/library/identify.h"
#include "models/networks/generator.h"
#include "models/training/prepare.h"
#include "tests/training/small_training.h"

namespace imago {
namespace {

using R = TrainingRequest;

/// The methods at their least, with a change.
R changed(const std::string& method, const std::function<void(R&)>& change) {
  R request = small_request(method);
  change(request);
  return request;
}

/// Two steps at the least size, computed once.
const Outcome& plain(std::string method) {
  static std::map<std::string, Outcome> known;
  const auto found = known.find(method);
  if (found != known.end()) return found->second;
  return known.emplace(method, train_briefly(small_request(method))).first->second;
}

void expect_finite(const Outcome& outcome) {
  for (const auto& losses : outcome.losses) {
    EXPECT_FALSE(losses.empty());
    for (const auto& [name, value] : losses) EXPECT_TRUE(std::isfinite(value)) << name;
  }
  for (const auto& [network, tensors] : outcome.networks)
    for (const float weight : outcome.weights(network)) ASSERT_TRUE(std::isfinite(weight));
}

/// The generator's checkpoint is known for what it is: `imago translate` will do the same with it.
void expect_recognised(const R& request, const Outcome& outcome) {
  const Batch batch = small_batch(request, 0);
  const Method method = prepare(request, batch.a_shape, batch.b_shape).method;
  for (const TrainedGenerator& generator : method.generators) {
    const ModelInfo& trained = generator.architecture.info;
    const ModelInfo found = identify(outcome.networks.at(generator.network.name())).info;
    EXPECT_EQ(found.architecture, trained.architecture);
    EXPECT_EQ(found.norm, trained.norm);
    EXPECT_EQ(found.features, trained.features);
    EXPECT_EQ(found.blocks, trained.blocks);
    EXPECT_EQ(found.scale, trained.scale);
    EXPECT_EQ(found.in_channels, trained.in_channels);
    EXPECT_EQ(found.out_channels, trained.out_channels);
  }
}

/// Both hold for `request`, and it ends elsewhere than the method as it is.
Outcome check_option(const R& request) {
  Outcome outcome = train_briefly(request);
  expect_finite(outcome);
  expect_recognised(request, outcome);
  bool same = outcome.losses == plain(request.method).losses;
  for (const auto& [network, tensors] : plain(request.method).networks)
    same = same && outcome.weights(network) == plain(request.method).weights(network);
  EXPECT_FALSE(same) << "the option changed nothing";
  return outcome;
}

const std::string kPapers[] = {"pix2pix", "cyclegan", "srgan"};

TEST(Options, TheMethodsAsTheyAre) {
  for (const std::string& method : kPapers) {
    expect_finite(plain(method));
    expect_recognised(small_request(method), plain(method));
  }
}

TEST(Options, GanModes) {
  for (const std::string& method : kPapers)
    for (const GanMode mode : {GanMode::vanilla, GanMode::lsgan, GanMode::wgangp, GanMode::hinge}) {
      if (mode == small_request(method).gan_mode) continue;
      SCOPED_TRACE(method + " " + to_string(mode));
      const Outcome outcome = check_option(changed(method, [&](R& r) { r.gan_mode = mode; }));
      const std::string penalty = method == "cyclegan" ? "penalty_A" : "penalty";
      EXPECT_EQ(outcome.losses[0].contains(penalty), mode == GanMode::wgangp);
    }
}

TEST(Options, Norms) {
  for (const std::string& method : kPapers)
    for (const Norm norm : {Norm::batch, Norm::instance, Norm::none}) {
      if (norm == small_request(method).norm) continue;
      if (method == "srgan" && norm == Norm::instance) continue;  // refused: test_request.cpp
      SCOPED_TRACE(method + " " + to_string(norm));
      const Outcome outcome = check_option(changed(method, [&](R& r) { r.norm = norm; }));
      const std::string judge = method == "cyclegan" ? "D_A" : "D";
      EXPECT_EQ(guess_discriminator(outcome.networks.at(judge)).norm, norm);
    }
}

TEST(Options, Generators) {
  const std::pair<std::string, std::string> cases[] = {
      {"pix2pix", "resnet_2blocks"},    {"cyclegan", "unet_32"},
      {"cyclegan", "resnet_2blocks"},   {"srgan", "srresnet_2blocks"},
      {"srgan", "srresnet_leftthomas"}, {"srgan", "msrresnet_1blocks"},
      {"srgan", "srvgg_1blocks"},       {"srgan", "rrdbnet_1blocks"}};
  for (const auto& [method, name] : cases) {
    SCOPED_TRACE(name);
    check_option(changed(method, [&, name = name](R& r) { r.generator = name; }));
  }
}

TEST(Options, ScalesOfSrgan) {
  for (const int scale : {1, 2, 3}) {
    SCOPED_TRACE(scale);
    check_option(changed("srgan", [&](R& r) {
      r.data.scale = scale;
      r.data.crop_size = 24;
    }));
  }
}

TEST(Options, DiscriminatorsWithAndWithoutSpectralNorm) {
  const std::pair<std::string, DiscriminatorKind> kinds[] = {{"n_layers", DiscriminatorKind::patch},
                                                             {"basic", DiscriminatorKind::patch},
                                                             {"pixel", DiscriminatorKind::pixel},
                                                             {"srgan", DiscriminatorKind::srgan},
                                                             {"unet", DiscriminatorKind::unet}};
  for (const auto& [name, kind] : kinds)
    for (const bool spectral : {false, true}) {
      const std::string method = name == "srgan" ? "srgan" : "pix2pix";
      if (!spectral && name == small_request(method).discriminator) continue;
      SCOPED_TRACE(name + (spectral ? " with spectral norm" : ""));
      const Outcome outcome = check_option(changed(method, [&, name = name](R& r) {
        r.discriminator = name;
        r.spectral_norm = spectral;
      }));
      const DiscriminatorConfig config = guess_discriminator(outcome.networks.at("D"));
      EXPECT_EQ(config.kind, kind);
      EXPECT_EQ(config.layers, name == "n_layers" ? 2 : 3);
      EXPECT_EQ(config.spectral_norm, spectral || name == "unet");  // its authors always have it
    }
  check_option(changed("cyclegan", [](R& r) { r.spectral_norm = true; }));
  check_option(changed("srgan", [](R& r) { r.discriminator = "unet"; }));
}

TEST(Options, RelativisticInEveryMode) {
  for (const GanMode mode : {GanMode::vanilla, GanMode::lsgan, GanMode::wgangp, GanMode::hinge}) {
    SCOPED_TRACE(to_string(mode));
    const Outcome outcome = check_option(changed("srgan", [&](R& r) {
      r.relativistic = true;
      r.gan_mode = mode;
    }));
    EXPECT_TRUE(outcome.losses[0].contains("D"));
    EXPECT_EQ(outcome.losses[0].contains("penalty"), mode == GanMode::wgangp);
  }
}

TEST(Options, WeightsOfLosses) {
  const Outcome l1 = check_option(changed("pix2pix", [](R& r) { r.lambda_l1 = 25; }));
  EXPECT_NEAR(l1.loss("G_L1"), plain("pix2pix").loss("G_L1") / 4, 1e-4);

  const Outcome cycle = check_option(changed("cyclegan", [](R& r) {
    r.lambda_a = 20;
    r.lambda_b = 2.5f;
  }));
  const Outcome usual = plain("cyclegan");
  EXPECT_NEAR(cycle.loss("cycle_A"), 2 * usual.loss("cycle_A"), 1e-4);
  EXPECT_NEAR(cycle.loss("cycle_B"), usual.loss("cycle_B") / 4, 1e-4);
  EXPECT_NEAR(cycle.loss("idt_A"), usual.loss("idt_A") / 4, 1e-4);
  EXPECT_NEAR(cycle.loss("idt_B"), 2 * usual.loss("idt_B"), 1e-4);
  const Outcome strangers = check_option(changed("cyclegan", [](R& r) { r.lambda_identity = 0; }));
  EXPECT_FALSE(strangers.losses[0].contains("idt_A"));

  for (float R::*weight :
       {&R::pixel_weight, &R::adversarial_weight, &R::feature_weight, &R::total_variation_weight})
    check_option(changed("srgan", [&](R& r) { r.*weight = r.*weight * 100; }));
  const Outcome bare =
      check_option(changed("srgan", [](R& r) { r.feature_weight = r.total_variation_weight = 0; }));
  EXPECT_FALSE(bare.losses[0].contains("feature"));
  EXPECT_FALSE(bare.losses[0].contains("tv"));
}

TEST(Options, PixelLossOfSrgan) {
  const R request = changed("srgan", [](R& r) { r.pixel_loss = PixelLoss::l1; });
  const Outcome outcome = check_option(request);
  const Batch batch = small_batch(request, 0);
  double absolute = 0, squared = 0;
  for (size_t i = 0; i < batch.b.size(); ++i) {
    const double difference = double{outcome.first_image[i]} - batch.b[i];
    absolute += std::abs(difference) / static_cast<double>(batch.b.size());
    squared += difference * difference / static_cast<double>(batch.b.size());
  }
  EXPECT_NEAR(outcome.loss("pixel"), absolute, 1e-5);
  EXPECT_NEAR(plain("srgan").loss("pixel"), squared, 1e-5);
}

TEST(Options, FeaturesOfAVgg) {
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / "imago-options-vgg.safetensors";
  StateDict vgg;
  for (const auto& [key, tensor] :
       read_checkpoint(std::filesystem::path(IMAGO_FIXTURES) / "vgg.safetensors"))
    if (const std::string prefix = "vgg16.weights."; key.starts_with(prefix))
      vgg.insert(key.substr(prefix.size()), tensor);
  write_safetensors(vgg, path);
  const Outcome outcome = check_option(changed("srgan", [&](R& r) { r.vgg = path; }));
  std::filesystem::remove(path);
  EXPECT_NE(outcome.loss("feature"), plain("srgan").loss("feature"));
  EXPECT_FALSE(outcome.networks.contains("VGG"));
}

// Without learning the same picture becomes the same again, but with dropout.
TEST(Options, DropoutIsNoiseInG) {
  for (const std::string method : {"pix2pix", "cyclegan"})
    for (const bool dropout : {false, true}) {
      SCOPED_TRACE(method + (dropout ? " with dropout" : ""));
      const R request = changed(method, [&](R& r) {
        r.dropout = dropout;
        // The U-Net has dropout in levels of full width only.
        if (method == "pix2pix") r.generator = "unet_64", r.data.crop_size = r.data.load_size = 64;
      });
      const std::unique_ptr<Trainer> trainer = small_trainer(request);
      const auto image = [&] {
        trainer->step(small_batch(request, 0), 0);
        const std::span<const float> made = trainer->image(TrainingImage::fake_b);
        return std::vector<float>(made.begin(), made.end());
      };
      const std::vector<float> first = image(), second = image();
      EXPECT_EQ(first == second, !dropout);
    }
}

TEST(Options, InitialValues) {
  for (const InitType type :
       {InitType::xavier, InitType::kaiming, InitType::orthogonal, InitType::uniform}) {
    SCOPED_TRACE(to_string(type));
    check_option(changed("pix2pix", [&](R& r) { r.init.type = type; }));
  }
  check_option(changed("pix2pix", [](R& r) { r.init.gain = 0.1f; }));
  check_option(changed("pix2pix", [](R& r) { r.seed = 4; }));
}

/// The first moment of Adam after one step, of all of G's parameters in a row.
std::vector<float> first_moments(const R& request) {
  const std::unique_ptr<Trainer> trainer = small_trainer(request);
  trainer->step(small_batch(request, 0), 2e-4f);
  std::vector<float> all;
  for (const auto& [key, tensor] : trainer->network(kG)) {
    if (key.find("running_") != std::string::npos || key.ends_with("tracked")) continue;
    const std::vector<float> moment = trainer->parameters().read(first_moment_name("G." + key));
    all.insert(all.end(), moment.begin(), moment.end());
  }
  return all;
}

double norm(const std::vector<float>& values) {
  double total = 0;
  for (const float value : values) total += double{value} * value;
  return std::sqrt(total);
}

TEST(Options, OfAdam) {
  const std::vector<float> usual = first_moments(small_request("pix2pix"));
  const std::vector<float> slow =
      first_moments(changed("pix2pix", [](R& r) { r.adam.beta1 = 0.9f; }));
  EXPECT_NEAR(norm(slow), norm(usual) * 0.1 / 0.5, 1e-4 * norm(usual));
  const std::vector<float> clipped =
      first_moments(changed("pix2pix", [](R& r) { r.adam.clip_norm = 0.01f; }));
  EXPECT_NEAR(norm(clipped), 0.01 * 0.5, 1e-6);
  EXPECT_NE(first_moments(changed("pix2pix", [](R& r) { r.adam.weight_decay = 0.1f; })), usual);
  check_option(changed("pix2pix", [](R& r) { r.adam.beta2 = 0.9f; }));
}

TEST(Options, TheAverageFollowsTheGenerator) {
  const R request = changed("srgan", [](R& r) { r.ema = 0.75f; });
  const std::unique_ptr<Trainer> trainer = small_trainer(request);
  ASSERT_TRUE(trainer->has_ema());
  std::map<std::string, std::vector<float>> averages;
  for (const auto& [key, tensor] : trainer->network(kG))
    if (!key.ends_with("num_batches_tracked")) averages[key] = tensor.to_float();
  ASSERT_TRUE(averages.contains("conv1.0.weight"));
  ASSERT_GT(std::ranges::count_if(
                averages, [](const auto& each) { return each.first.ends_with("running_var"); }),
            0);
  for (uint32_t step = 0; step < 3; ++step) {
    // The warm-up: 1 - min(decay, (1 + t) / (10 + t)).
    const float share = std::array{0.9f, 9 / 11.0f, 0.75f}[step];
    trainer->step(small_batch(request, step), 2e-4f);
    const StateDict now = trainer->network(kG), followed = trainer->network(kG, true);
    for (auto& [key, average] : averages) {
      const std::vector<float> value = now.find(key)->to_float();
      const std::vector<float> kept = followed.find(key)->to_float();
      for (size_t i = 0; i < average.size(); ++i) {
        average[i] += share * (value[i] - average[i]);
        ASSERT_NEAR(kept[i], average[i], 1e-6 * std::max(1.0f, std::abs(average[i])))
            << key << " after step " << step;
      }
      if (key.ends_with(".weight")) {
        EXPECT_NE(kept, value) << key;
      }
    }
  }
}

// Once the pool is full, half of what the discriminators see is older than what was just made.
TEST(Options, ThePoolShowsOlderFakes) {
  const auto losses = [](int size) {
    return train_briefly(changed("cyclegan", [&](R& r) { r.pool_size = size; }), 6).losses;
  };
  const auto none = losses(0), one = losses(1);
  EXPECT_EQ(none[0], one[0]);
  EXPECT_NE(none[5], one[5]);
}

}  // namespace
}  // namespace imago

// Ten steps of each method from the weights and pictures that PyTorch had, against what PyTorch
// made of them in double precision (tests/fixtures/make_training.py, make_family.py,
// make_classifier.py, make_rows_and_sounds.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "compute/graph/grad.h"
#include "compute/graph/op.h"
#include "models/networks/wavegan.h"
#include "models/training/methods/cgan.h"
#include "models/training/methods/classifier.h"
#include "models/training/methods/cyclegan.h"
#include "models/training/methods/dcgan.h"
#include "models/training/methods/gan.h"
#include "models/training/methods/pix2pix.h"
#include "models/training/methods/sngan.h"
#include "models/training/methods/srgan.h"
#include "models/training/methods/tabular.h"
#include "models/training/methods/wgan_gp.h"
#include "models/training/trainer.h"
#include "tests/training/fixture.h"
#include "tests/training/small_training.h"

namespace imago {
namespace {

/// Running statistics come without the count of batches.
StateDict start_of(const TrainingFixture& fixture, const std::string& network) {
  return fixture.tensors("init", network);
}

void expect_losses(const TrainingFixture& fixture, int step, int first, const Losses& losses,
                   const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    // The critic's whole loss but for the penalty has a name of its own in the fixture.
    const std::string told = name == "critic" ? "D" : name;
    const auto found = std::find_if(losses.begin(), losses.end(),
                                    [&](const auto& loss) { return loss.what.name() == told; });
    ASSERT_NE(found, losses.end()) << name;
    const double expected = fixture.losses(name)[static_cast<size_t>(step - first)];
    EXPECT_NEAR(found->value, expected, 1e-3 * std::abs(expected) + 1e-12)
        << name << " in step " << step;
  }
}

/// Weights after the last step: apart by less than a third of one step of Adam, which shows a step
/// missed or taken twice, a wrong correction or another order.
void expect_final(const TrainingFixture& fixture, const Trainer& trainer) {
  for (const Network& trained : trainer.method().networks) {
    const std::string network = trained.name();
    const StateDict actual = trainer.network(trained);
    const StateDict final = fixture.tensors("final", network);
    EXPECT_GT(final.size(), 0u);
    for (const auto& [key, tensor] : final) {
      ASSERT_TRUE(actual.contains(key)) << network << '.' << key;
      const std::vector<float> have = actual.find(key)->to_float(), want = tensor.to_float();
      ASSERT_EQ(have.size(), want.size()) << key;
      double largest = 0;
      for (size_t i = 0; i < have.size(); ++i)
        largest = std::max(largest, std::abs(double{have[i]} - want[i]));
      EXPECT_LE(largest, fixture.number("lr") * 0.3) << network << '.' << key;
    }
  }
}

using Gradients = std::map<std::string, std::vector<float>>;

/// Adam's first gradients of those tensors of a network whose gradients the fixture holds.
Gradients gradients_of(const TrainingFixture& fixture, const Trainer& trainer,
                       const std::string& group, const std::string& network) {
  Gradients gradients;
  for (const auto& [key, tensor] : fixture.tensors(group, network))
    gradients[key] = trainer.parameters().read(first_moment_name(network + "." + key));
  return gradients;
}

/// A step adds (1 - beta1) times the gradient to beta1 times the first moment `before` it, which is
/// zero (empty) at first.
void expect_gradients(const TrainingFixture& fixture, const Trainer& trainer,
                      const std::string& group, const std::string& network, float beta1,
                      const Gradients& before = {}) {
  const StateDict expected = fixture.tensors(group, network);
  const Gradients gradients = gradients_of(fixture, trainer, group, network);
  EXPECT_GT(expected.size(), 0u);
  double worst = 0;
  for (const auto& [key, tensor] : expected) {
    const std::vector<float>& moment = gradients.at(key);
    const std::vector<float> want = tensor.to_float();
    ASSERT_EQ(moment.size(), want.size()) << key;
    double difference = 0, norm = 0;
    for (size_t i = 0; i < want.size(); ++i) {
      const double kept = before.empty() ? 0 : double{beta1} * before.at(key)[i];
      difference += std::pow((moment[i] - kept) / (1 - double{beta1}) - want[i], 2);
      norm += std::pow(want[i], 2);
    }
    // A hinge of which all margins are open sums to no gradient at all.
    const double relative = std::sqrt(norm > 0 ? difference / norm : difference);
    EXPECT_LE(relative, 1e-4) << group << ' ' << network << '.' << key;
    worst = std::max(worst, relative);
  }
  std::printf("  largest difference of a gradient of %s: %.2g\n", network.c_str(), worst);
}

/// The same where Adam adds a share of the weights to the first gradient.
void expect_decayed_gradients(const TrainingFixture& fixture, const Trainer& trainer,
                              const std::string& network, const Adam& adam,
                              const StateDict& before) {
  for (const auto& [key, tensor] : fixture.tensors("grad", network)) {
    const std::vector<float> want = tensor.to_float(), weights = before.find(key)->to_float();
    const std::vector<float> moment =
        trainer.parameters().read(first_moment_name(network + "." + key));
    ASSERT_EQ(moment.size(), want.size()) << key;
    double difference = 0, norm = 0;
    for (size_t i = 0; i < want.size(); ++i) {
      const double gradient =
          moment[i] / (1 - double{adam.beta1}) - double{adam.weight_decay} * weights[i];
      difference += std::pow(gradient - want[i], 2);
      norm += std::pow(want[i], 2);
    }
    EXPECT_LE(std::sqrt(difference / norm), 1e-4) << network << '.' << key;
  }
}

Adam adam_of(const TrainingFixture& fixture) {
  return {.beta1 = static_cast<float>(fixture.number("beta1")),
          .beta2 = static_cast<float>(fixture.number("beta2"))};
}

TEST(Parity, Pix2Pix) {
  const TrainingFixture fixture("pix2pix");
  const StateDict g = start_of(fixture, "G"), d = start_of(fixture, "D");
  Pix2PixOptions options;
  options.generator = unet_generator(guess_unet(g));
  options.discriminator = guess_discriminator(d);
  options.dropout = false;
  options.training.adam = adam_of(fixture);
  Trainer trainer(training_device(), pix2pix(options, fixture.shape("a"), fixture.shape("b")), {},
                  {{kG, g}, {kD, d}});
  for (int step = 0; step < fixture.steps(); ++step) {
    const auto losses =
        trainer.step(batch_of(fixture, step), static_cast<float>(fixture.number("lr")));
    expect_losses(fixture, step, 0, losses, {"G_GAN", "G_L1", "D_real", "D_fake"});
    if (step > 0) continue;
    expect_gradients(fixture, trainer, "grad", "G", options.training.adam.beta1);
    expect_gradients(fixture, trainer, "grad", "D", options.training.adam.beta1);
  }
  expect_final(fixture, trainer);
}

// pix2pixHD's feature matching, and a U-Net that resizes before it convolves.
TEST(Parity, Pix2PixWithFeatureMatching) {
  const TrainingFixture fixture("pix2pix_features");
  const StateDict g = start_of(fixture, "G"), d = start_of(fixture, "D");
  Pix2PixOptions options;
  options.generator = unet_generator(guess_unet(g));
  EXPECT_EQ(options.generator.info.architecture, "unet_32_resize");
  options.discriminator = guess_discriminator(d);
  options.lambda_features = static_cast<float>(fixture.number("lambda_features"));
  options.dropout = false;
  options.training.adam = adam_of(fixture);
  options.training.gan_mode = GanMode::lsgan;
  Trainer trainer(training_device(), pix2pix(options, fixture.shape("a"), fixture.shape("b")), {},
                  {{kG, g}, {kD, d}});
  for (int step = 0; step < fixture.steps(); ++step) {
    const auto losses =
        trainer.step(batch_of(fixture, step), static_cast<float>(fixture.number("lr")));
    expect_losses(fixture, step, 0, losses, {"G_GAN", "G_L1", "feature", "D_real", "D_fake"});
    if (step > 0) continue;
    expect_gradients(fixture, trainer, "grad", "G", options.training.adam.beta1);
    expect_gradients(fixture, trainer, "grad", "D", options.training.adam.beta1);
  }
  expect_final(fixture, trainer);
}

TEST(Parity, CycleGanWithPyTorchsPool) {
  const TrainingFixture fixture("cyclegan");
  std::map<Network, StateDict> start;
  for (const Network& network : {kG_A, kG_B, kD_A, kD_B})
    start[network] = start_of(fixture, network.name());
  CycleGanOptions options;
  options.a_to_b = resnet_generator(guess_resnet(start[kG_A]));
  options.b_to_a = resnet_generator(guess_resnet(start[kG_B]));
  options.discriminator = guess_discriminator(start[kD_A]);
  options.training.adam = adam_of(fixture);
  Trainer trainer(training_device(), cyclegan(options, fixture.shape("a"), fixture.shape("b")), {},
                  start);
  // The pools' decisions were PyTorch's, so that the phases are run by hand.
  std::vector<std::vector<float>> fakes_a, fakes_b;
  for (int step = 0; step < fixture.steps(); ++step) {
    const Batch batch = batch_of(fixture, step);
    StepParams params;
    for (const size_t slot : {0u, 1u})
      params.optimizers[slot] =
          adam_step(options.training.adam, static_cast<float>(fixture.number("lr")), step + 1);
    const auto fill = [](std::span<float> to, const std::vector<float>& from) {
      std::copy(from.begin(), from.end(), to.begin());
    };
    Program& generators = trainer.phase(0);
    fill(generators.input("a"), batch.a);
    fill(generators.input("b"), batch.b);
    generators.run(params);
    const auto keep = [&](const char* name, std::vector<std::vector<float>>& to) {
      const auto image = generators.output(name);
      to.emplace_back(image.begin(), image.end());
    };
    keep("fake_a", fakes_a);
    keep("fake_b", fakes_b);
    Program& discriminators = trainer.phase(1);
    const auto shown = static_cast<size_t>(step);
    fill(discriminators.input("a"), batch.a);
    fill(discriminators.input("b"), batch.b);
    fill(discriminators.input("pooled_a"), fakes_a[static_cast<size_t>(fixture.pool("A")[shown])]);
    fill(discriminators.input("pooled_b"), fakes_b[static_cast<size_t>(fixture.pool("B")[shown])]);
    discriminators.run(params);
    Losses losses;
    const std::vector<Phase>& phases = trainer.method().stages[0].phases;
    for (size_t i = 0; i < phases.size(); ++i)
      for (const auto& loss : phases[i].losses)
        losses.push_back({loss.what, trainer.phase(i).output(loss.port)[0]});
    expect_losses(fixture, step, 0, losses,
                  {"G_A", "G_B", "cycle_A", "cycle_B", "idt_A", "idt_B", "D_A", "D_B"});
    if (step > 0) continue;
    for (const char* network : {"G_A", "G_B", "D_A", "D_B"})
      expect_gradients(fixture, trainer, "grad", network, options.training.adam.beta1);
  }
  expect_final(fixture, trainer);
}

TEST(Parity, Srgan) {
  const TrainingFixture fixture("srgan");
  const StateDict g = start_of(fixture, "G"), d = start_of(fixture, "D");
  SrganOptions options;
  options.generator = srresnet_generator(guess_srresnet(g, SrresnetKeys::leftthomas));
  options.discriminator = guess_discriminator(d);
  options.training.adam = adam_of(fixture);
  Trainer trainer(training_device(), srgan(options, fixture.shape("a"), fixture.shape("b")), {},
                  {{kG, g}, {kD, d}});
  const int pixel_steps = static_cast<int>(fixture.number("pixel_steps"));
  for (int step = 0; step < fixture.steps(); ++step) {
    if (step == pixel_steps) trainer.set_stage(1);
    const Gradients before = gradients_of(fixture, trainer, "grad_adversarial", "G");
    const auto losses =
        trainer.step(batch_of(fixture, step), static_cast<float>(fixture.number("lr")));
    expect_losses(fixture, step, 0, losses, {"pixel"});
    if (step == 0) expect_gradients(fixture, trainer, "grad", "G", 0.9f);
    if (step < pixel_steps) continue;
    expect_losses(fixture, step, pixel_steps, losses,
                  {"adversarial", "feature", "tv", "D_real", "D_fake"});
    if (step > pixel_steps) continue;
    expect_gradients(fixture, trainer, "grad", "D", 0.9f);
    expect_gradients(fixture, trainer, "grad_adversarial", "G", 0.9f, before);
  }
  expect_final(fixture, trainer);
}

TEST(Parity, CriticWithGradientPenalty) {
  const TrainingFixture fixture("wgan_gp");
  const StateDict d = start_of(fixture, "D");
  const DiscriminatorConfig config = guess_discriminator(d);
  Method method;
  method.name = "wgan_gp";
  method.networks = {kD};
  method.adam = adam_of(fixture);
  TrainingOptions training;
  training.adam = method.adam;
  Phase phase("critic", {kDiscriminatorSlot});
  Graph& graph = *phase.graph;
  const Tensor fake = graph.input("a", fixture.shape("a"));
  const Tensor real = graph.input("b", fixture.shape("b"));
  const Tensor share = graph.input("eps", fixture.shape("eps"));
  const auto critic = [&](Tensor x) {
    return discriminator(graph, x, config, training_build(kD, false)).logits;
  };
  const Tensor penalty = gradient_penalty(critic, real, fake, share) * 10.0f;
  const Tensor distance =
      output_loss(phase, {LossTerm::discriminator}, mean_of(critic(fake)) - mean_of(critic(real)));
  const Tensor loss = distance + penalty;
  output_loss(phase, {LossTerm::penalty}, penalty);
  minimize_networks(phase, loss, {kD}, training, kDiscriminatorSlot);
  method.stages.push_back({"critic", {}});
  method.stages[0].phases.push_back(std::move(phase));
  Trainer trainer(training_device(), std::move(method), {}, {{kD, d}});
  for (int step = 0; step < fixture.steps(); ++step) {
    const std::vector<float> eps = fixture.data("eps", step);
    trainer.show("eps", eps);
    const auto losses =
        trainer.step(batch_of(fixture, step), static_cast<float>(fixture.number("lr")));
    expect_losses(fixture, step, 0, losses, {"critic", "penalty"});
    if (step == 0) expect_gradients(fixture, trainer, "grad", "D", training.adam.beta1);
  }
  expect_final(fixture, trainer);
}

TEST(Parity, Classifier) {
  const TrainingFixture fixture("classifier");
  const StateDict c = start_of(fixture, "C");
  ClassifierOptions options;
  options.network = find_classifier(c).value();
  EXPECT_EQ(options.network,
            (ClassifierConfig{.in_channels = 3, .stages = 3, .features = 3, .classes = 5}));
  options.dropout = false;
  options.training.adam = adam_of(fixture);
  Trainer trainer(training_device(), classifier(options, fixture.shape("a"), fixture.shape("b")),
                  {}, {{kC, c}});
  for (int step = 0; step < fixture.steps(); ++step) {
    const Losses losses =
        trainer.step(batch_of(fixture, step), static_cast<float>(fixture.number("lr")));
    expect_losses(fixture, step, 0, losses, {"cross_entropy"});
    for (const auto& [number, value] : trainer.health())
      if (number.name() == "accuracy_C") {
        EXPECT_NEAR(value, fixture.losses("recognised")[static_cast<size_t>(step)], 1e-6);
      }
    if (step == 0) expect_gradients(fixture, trainer, "grad", "C", options.training.adam.beta1);
  }
  expect_final(fixture, trainer);
}

/// A method of the family, by its fixture.
struct FamilyCase {
  const char* fixture;
  Method (*method)(const GanOptions&, const Shape&, const Shape&);
  GanMode gan_mode;
  JudgeKind judge;
  std::vector<std::string> losses;
};

void PrintTo(const FamilyCase& c, std::ostream* stream) { *stream << c.fixture; }

class FamilyParity : public testing::TestWithParam<FamilyCase> {};

Generator sampler_of(const StateDict& g, JudgeKind kind) {
  if (kind == JudgeKind::wavegan) return wavegan_generator(guess_wavegan(g));
  return kind == JudgeKind::maxout ? perceptron_generator(guess_perceptron(g))
                                   : dcgan_generator(guess_dcgan(g, kind == JudgeKind::sngan));
}

GanOptions options_of(const TrainingFixture& fixture, const FamilyCase& c) {
  GanOptions options;
  options.generator = sampler_of(start_of(fixture, "G"), c.judge);
  options.discriminator = find_judge(start_of(fixture, "D")).value();
  EXPECT_EQ(options.discriminator.kind, c.judge);
  options.dropout = c.judge == JudgeKind::wavegan;  // what is left to chance there: the shuffle
  options.discriminator.shuffle = options.dropout ? 2 : 0;
  options.critic_steps = static_cast<int>(fixture.number("n_critic"));
  options.training.adam = adam_of(fixture);
  options.training.gan_mode = c.gan_mode;
  options.training.r1_gamma = static_cast<float>(fixture.number("r1_gamma"));
  options.training.weight_clip = static_cast<float>(fixture.number("weight_clip"));
  return options;
}

TEST_P(FamilyParity, TenSteps) {
  const FamilyCase& c = GetParam();
  const TrainingFixture fixture(c.fixture);
  const GanOptions options = options_of(fixture, c);
  Trainer trainer(training_device(), c.method(options, fixture.shape("a"), fixture.shape("b")), {},
                  {{kG, start_of(fixture, "G")}, {kD, start_of(fixture, "D")}});
  const float rate = static_cast<float>(fixture.number("lr"));
  for (int step = 0; step * options.critic_steps < fixture.steps(); ++step) {
    std::vector<Batch> batches;
    for (int i = 0; i < options.critic_steps; ++i)
      batches.push_back(batch_of(fixture, step * options.critic_steps + i));
    expect_losses(fixture, step, 0, trainer.step(batches, rate), c.losses);
    if (step > 0) continue;
    expect_gradients(fixture, trainer, "grad", "G", options.training.adam.beta1);
    // Of several steps the discriminator's first one is over.
    if (options.critic_steps == 1)
      expect_gradients(fixture, trainer, "grad", "D", options.training.adam.beta1);
  }
  expect_final(fixture, trainer);
}

INSTANTIATE_TEST_SUITE_P(
    Papers, FamilyParity,
    testing::Values(
        FamilyCase{"gan", gan, GanMode::vanilla, JudgeKind::maxout, {"D_real", "D_fake", "G_GAN"}},
        FamilyCase{
            "cgan", cgan, GanMode::vanilla, JudgeKind::maxout, {"D_real", "D_fake", "G_GAN"}},
        FamilyCase{
            "dcgan", dcgan, GanMode::vanilla, JudgeKind::dcgan, {"D_real", "D_fake", "G_GAN"}},
        FamilyCase{"wgan-gp",
                   wgan_gp,
                   GanMode::wgangp,
                   JudgeKind::dcgan,
                   {"D_real", "D_fake", "G_GAN", "penalty"}},
        FamilyCase{"wgan", wgan_gp, GanMode::wgan, JudgeKind::dcgan, {"D_real", "D_fake", "G_GAN"}},
        FamilyCase{
            "sngan", sngan, GanMode::hinge, JudgeKind::sngan, {"D_real", "D_fake", "G_GAN", "r1"}},
        FamilyCase{"wavegan",
                   wgan_gp,
                   GanMode::wgangp,
                   JudgeKind::wavegan,
                   {"D_real", "D_fake", "G_GAN", "penalty"}}));

TEST(Parity, Tabular) {
  const TrainingFixture fixture("tabular");
  const StateDict g = start_of(fixture, "G"), d = start_of(fixture, "D");
  TabularOptions options;
  options.config = {
      .latent = 4, .features = 8, .layout = table_layout_from(fixture.text("layout"))};
  options.generator = tabular_generator(options.config);
  options.discriminator = {
      .channels = static_cast<int>(fixture.shape("b").c), .packed = 3, .features = 8};
  options.dropout = false;
  options.training.adam = adam_of(fixture);
  options.training.adam.weight_decay = static_cast<float>(fixture.number("weight_decay"));
  Trainer trainer(training_device(), tabular(options, fixture.shape("a"), fixture.shape("b")), {},
                  {{kG, g}, {kD, d}});
  for (int step = 0; step < fixture.steps(); ++step) {
    expect_losses(fixture, step, 0,
                  trainer.step(batch_of(fixture, step), static_cast<float>(fixture.number("lr"))),
                  {"D_real", "D_fake", "penalty", "G_GAN", "condition"});
    if (step > 0) continue;
    expect_decayed_gradients(fixture, trainer, "G", options.training.adam, g);
    expect_decayed_gradients(fixture, trainer, "D", options.training.adam, d);
  }
  expect_final(fixture, trainer);
}

}  // namespace
}  // namespace imago

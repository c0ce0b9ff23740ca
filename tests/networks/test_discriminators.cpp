// That discriminators compute what PyTorch computes (tests/fixtures/make_discriminators.py), on the
// host in double precision and on the device, and that their checkpoints are told by their keys.
#include "models/networks/discriminators.h"

#include <gtest/gtest.h>

#include "compute/base/error.h"
#include "tests/networks/discriminator_fixture.h"

namespace imago {
namespace {

class Discriminators : public testing::TestWithParam<std::pair<const char*, DiscriminatorConfig>> {
};

TEST_P(Discriminators, AreToldByKeysAndShapes) {
  const auto& [name, config] = GetParam();
  const StateDict weights = load_discriminator_fixture(name).weights;
  const DiscriminatorConfig guessed = guess_discriminator(weights);
  EXPECT_EQ(guessed, config) << to_string(guessed) << " " << to_string(guessed.norm);
  for (const auto& [key, tensor] : weights) {
    StateDict rest = weights;
    rest.erase(key);
    EXPECT_THROW(guess_discriminator(rest), Error) << name << " without " << key;
  }
}

TEST_P(Discriminators, MatchPyTorchInDoublePrecision) {
  const auto& [name, config] = GetParam();
  const DiscriminatorFixture fixture = load_discriminator_fixture(name);
  Graph graph;
  graph.output("y", discriminator(graph, graph.input("x", fixture.shape), config, {}).logits);
  const auto value_of = [&](const Node& node) { return fixture.value_of(node); };
  const HostArray y = evaluate(graph, value_of).at(0);
  EXPECT_LT(worst_difference(y.values, doubles(fixture.output)), 2e-6);
}

// Twice in one graph, as training has it.
TEST_P(Discriminators, MatchPyTorchOnTheDevice) {
  if (enumerate_devices().empty()) GTEST_SKIP() << "no Vulkan device";
  static Device device;
  const auto& [name, config] = GetParam();
  const DiscriminatorFixture fixture = load_discriminator_fixture(name);
  const Parameters parameters(device, fixture.entries());
  Graph graph;
  const Tensor x = graph.input("x", fixture.shape);
  graph.output("y", discriminator(graph, x, config, {}).logits);
  graph.output("negative", discriminator(graph, x * -1.0f, config, {}).logits);
  Program program(device, make_plan(graph, device.properties()), parameters);
  std::copy(fixture.input.begin(), fixture.input.end(), program.input("x").begin());
  program.poison();
  program.run();
  const auto value_of = [&](const Node& node) { return fixture.value_of(node); };
  const auto expected = evaluate(graph, value_of);
  EXPECT_LE(worst_difference(doubles(program.output("y")), doubles(fixture.output)), 1e-4);
  EXPECT_LE(worst_difference(doubles(program.output("negative")), expected.at(1).values), 1e-4);
}

INSTANTIATE_TEST_SUITE_P(
    All, Discriminators,
    testing::ValuesIn(std::vector<std::pair<const char*, DiscriminatorConfig>>{
        {"patch_basic_batch", {.in_channels = 4, .features = 4}},
        {"patch_basic_instance", {.features = 3, .norm = Norm::instance}},
        {"patch_2_none", {.features = 4, .layers = 2, .norm = Norm::none}},
        {"patch_5_batch", {.in_channels = 1, .features = 1, .layers = 5}},
        {"pixel_batch", {.kind = DiscriminatorKind::pixel, .features = 4}},
        {"pixel_instance",
         {.kind = DiscriminatorKind::pixel, .features = 4, .norm = Norm::instance}},
        {"srgan", {.kind = DiscriminatorKind::srgan, .features = 2}},
        {"unet_spectral",
         {.kind = DiscriminatorKind::unet,
          .features = 4,
          .norm = Norm::none,
          .spectral_norm = true}},
    }),
    [](const auto& test) { return std::string(test.param.first); });

int64_t trained_values(const DiscriminatorConfig& config) {
  int64_t count = 0;
  for (const WantedTensor& tensor : wanted_tensors(config))
    if (!is_tracked(tensor.key)) count += tensor.shape.elements();
  return count;
}

TEST(DiscriminatorDefaults, HaveTheSizesThatTheirAuthorsState) {
  EXPECT_EQ(trained_values({.in_channels = 6}), 2768705);        // "2.769 M"
  EXPECT_EQ(trained_values({.norm = Norm::instance}), 2764737);  // "2.765 M"
  EXPECT_EQ(trained_values({.kind = DiscriminatorKind::srgan}), 5215425);
  EXPECT_EQ(trained_values({.kind = DiscriminatorKind::unet, .spectral_norm = true}), 4376897);
}

TEST(DiscriminatorFeatures, AreWhatComesOutOfTheBlocks) {
  const auto shapes = [](const DiscriminatorConfig& config) {
    Graph graph;
    std::string text;
    const auto result = discriminator(graph, graph.input("x", {2, 3, 64, 64}), config, {});
    for (const Tensor& feature : result.features)
      text += std::to_string(feature.shape().c) + "x" + std::to_string(feature.shape().h) + " ";
    return text + "-> " + std::to_string(result.logits.shape().h);
  };
  EXPECT_EQ(shapes({}), "64x32 128x16 256x8 512x7 -> 6");
  EXPECT_EQ(shapes({.kind = DiscriminatorKind::pixel}), "64x64 128x64 -> 64");
  EXPECT_EQ(shapes({.kind = DiscriminatorKind::srgan}),
            "64x64 64x32 128x32 128x16 256x16 256x8 512x8 512x4 -> 1");
  EXPECT_EQ(shapes({.kind = DiscriminatorKind::unet}),
            "64x64 128x32 256x16 512x8 256x16 128x32 64x64 64x64 64x64 -> 64");
}

TEST(DiscriminatorErrors, SayWhatIsExpected) {
  const auto refusal = [](const Shape& x, const DiscriminatorConfig& config) -> std::string {
    try {
      Graph graph;
      discriminator(graph, graph.input("x", x), config, {});
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(refusal({1, 3, 64, 60}, {.kind = DiscriminatorKind::unet}),
            "unet_discriminator: the picture is 1x3x64x60, its sides must be multiples of 8");
  EXPECT_EQ(refusal({1, 3, 23, 64}, {}),
            "patchgan_3layers: the picture is 1x3x23x64, its sides must be at least 24");
  EXPECT_EQ(refusal({1, 3, 24, 24}, {}), "accepted");
  EXPECT_EQ(refusal({1, 3, 64, 64}, {.layers = 0}),
            "patchgan_0layers: a PatchGAN has 1 to 8 layers");
  EXPECT_EQ(refusal({1, 3, 64, 64}, {.kind = DiscriminatorKind::srgan, .norm = Norm::instance}),
            "srgan_discriminator: its norm is batch or none, not instance");

  StateDict weights = load_discriminator_fixture("unet_spectral").weights;
  weights.erase("conv5.weight_v");
  weights.insert("attention.weight", HostTensor::from_float({1}, {1.0f}));
  try {
    guess_discriminator(weights);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "the tensors fit no discriminator that Imago knows. Nearest is "
                 "unet_discriminator_spectral_norm: 27 of its 28 tensors are there; missing: "
                 "conv5.weight_v; not part of it: attention.weight");
  }
  EXPECT_FALSE(find_discriminator({}));
}

}  // namespace
}  // namespace imago

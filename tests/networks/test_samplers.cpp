// Networks that make pictures of random numbers, recognised by their tensors alone, against what
// PyTorch makes with them (tests/fixtures/make_family.py, make_stylegan2.py).
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "compute/vk/device.h"
#include "models/checkpoint/checkpoint.h"
#include "models/generate/generate.h"
#include "models/library/identify.h"
#include "models/networks/sampler.h"
#include "models/translate/network_runner.h"

namespace imago {
namespace {

const std::filesystem::path kSamplers = std::filesystem::path(IMAGO_FIXTURES) / "samplers";

Device& device() {
  static Device device;
  return device;
}

/// Runs the generator on each column of `columns` {N, C, …}, which `more` numbers follow.
void expect_made(const Generator& generator, const HostTensor& columns, const HostTensor& expected,
                 const std::vector<float>& more = {}) {
  NetworkRunner runner(device(), generator);
  const std::vector<float> x = columns.to_float(), y = expected.to_float();
  const auto count = static_cast<size_t>(columns.shape[0]), size = x.size() / count;
  const size_t picture = y.size() / count;
  double worst = 0;
  for (size_t n = 0; n < count; ++n) {
    Planes column(generator.info.in_channels, 1, 1);
    std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(n * size), size, column.values.begin());
    if (!more.empty()) column.values.back() = more[n];
    const Planes made = runner.run(column, {.build = generator.defaults});
    ASSERT_EQ(made.values.size(), picture);
    for (size_t i = 0; i < picture; ++i)
      worst = std::max(worst, std::abs(double{made.values[i]} - y[n * picture + i]));
  }
  EXPECT_LE(worst, 1e-4) << generator.info.architecture;
}

struct SamplerCase {
  const char* name;
  const char* architecture;
  int classes, side;
};
void PrintTo(const SamplerCase& c, std::ostream* stream) { *stream << c.name; }

class Samplers : public testing::TestWithParam<SamplerCase> {};

TEST_P(Samplers, AreRecognisedAndMakePyTorchsPictures) {
  const SamplerCase& c = GetParam();
  const StateDict file = read_checkpoint(kSamplers / "samplers.safetensors");
  const std::string name = c.name, prefix = name + ".weights.";
  StateDict tensors;
  for (const auto& [key, tensor] : file)
    if (key.starts_with(prefix)) tensors.insert(key.substr(prefix.size()), tensor);
  const Generator generator = identify(tensors);
  EXPECT_EQ(generator.info.architecture, c.architecture);
  EXPECT_EQ(generator.info.latent, 5);
  EXPECT_EQ(generator.info.classes, c.classes);
  EXPECT_EQ(generator.info.scale, c.side);
  expect_made(generator, *file.find(name + ".x"), *file.find(name + ".output"));
}

INSTANTIATE_TEST_SUITE_P(Papers, Samplers,
                         testing::Values(SamplerCase{"gan", "perceptron", 0, 7},
                                         SamplerCase{"cgan", "perceptron", 3, 7},
                                         SamplerCase{"dcgan", "dcgan", 0, 16},
                                         SamplerCase{"labelled", "dcgan", 3, 28},
                                         SamplerCase{"sngan", "sngan", 0, 8}));

TEST(Samplers, StyleGan2OfRosinality) {
  const Generator generator = load_generator(kSamplers / "stylegan2.pt");
  EXPECT_EQ(generator.info.architecture, "stylegan2");
  EXPECT_EQ(generator.info.latent, 6);
  EXPECT_EQ(generator.info.scale, 16);
  const StateDict made = read_checkpoint(kSamplers / "stylegan2.safetensors");
  expect_made(generator, *made.find("z"), *made.find("output"), made.find("psi")->to_float());
}

TEST(Samplers, ATruncatedLatentHasNoLargerNumber) {
  ModelInfo info;
  info.latent = info.in_channels = 1000;
  const std::vector<float> all = latent_of({.seed = 3}, info),
                           few = latent_of({.seed = 3, .truncation = 0.5f}, info);
  EXPECT_GT(std::abs(*std::ranges::max_element(all)), 2);
  int changed = 0;
  for (const float value : few) {
    EXPECT_LE(std::abs(value), 0.5f);
    changed += std::abs(value) > 0;
  }
  EXPECT_EQ(changed, 1000);
  EXPECT_EQ(all, latent_of({.seed = 3}, info));
  EXPECT_NE(all, latent_of({.seed = 4}, info));
}

TEST(Samplers, SidesThatCannotBeDoubledToAreRefused) {
  for (const int side : {28, 32, 40, 48, 56, 64, 96, 128, 256})
    EXPECT_EQ(halvings(side).rest << halvings(side).count, side);
  for (const int side : {4, 7, 9, 30, 33, 36, 100}) EXPECT_THROW(halvings(side), Error) << side;
}

}  // namespace
}  // namespace imago

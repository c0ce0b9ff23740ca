// That the networks compute what PyTorch computes: whole generators with random weights, on the
// host in double precision and on the device.
#include <gtest/gtest.h>

#include <cmath>

#include "compute/vk/program.h"
#include "models/library/identify.h"
#include "models/networks/generator.h"
#include "models/networks/msrresnet.h"
#include "models/networks/rrdb.h"
#include "models/networks/srvgg.h"
#include "models/training/methods/cyclegan.h"
#include "models/training/methods/pix2pix.h"
#include "models/training/methods/srgan.h"
#include "tests/networks/fixture.h"

namespace imago {
namespace {

// Every statistics mode that the fixture has an output for.
struct NetworkCase {
  BuildOptions options;
  const std::vector<float>* expected;
};

std::vector<NetworkCase> cases_of(const Fixture& fixture) {
  std::vector<NetworkCase> cases = {{{.batch_statistics = false}, &fixture.output}};
  if (!fixture.output_batch.empty()) {
    cases.push_back({{.batch_statistics = true}, &fixture.output_batch});
  }
  return cases;
}

Tensor build(Graph& graph, const Generator& generator, const Shape& input,
             const BuildOptions& options) {
  Tensor y = generator.build(graph, graph.input("x", input), options);
  graph.output("y", y);
  return y;
}

// Largest difference from the kept rows and columns, where the network's range counts as 1.
template <class Values>
double worst_error(const Values& values, const Shape& shape, const Fixture& fixture,
                   const std::vector<float>& expected, const ModelInfo& info) {
  const int64_t step = fixture.output_step;
  double worst = 0;
  size_t next = 0;
  for (int64_t plane = 0; plane < shape.n * shape.c; ++plane) {
    for (int64_t row = 0; row < shape.h; row += step) {
      for (int64_t column = 0; column < shape.w; column += step) {
        const auto at = static_cast<size_t>((plane * shape.h + row) * shape.w + column);
        const double error = std::abs(double(values[at]) - expected.at(next++));
        worst = std::isnan(error) ? error : std::max(worst, error);
      }
    }
  }
  EXPECT_EQ(next, expected.size());
  return worst / (info.input_high - info.input_low);
}

class Networks : public testing::TestWithParam<std::string> {};

TEST_P(Networks, MatchPyTorchInDoublePrecision) {
  const Fixture fixture = load_fixture(GetParam());
  const Generator generator = identify(fixture.weights);
  const std::vector<float> x = picture(fixture.input, generator.info.input_low);
  for (const auto& [options, expected] : cases_of(fixture)) {
    Graph graph;
    build(graph, generator, fixture.input, options);
    const auto values = [&](const Node& node) {
      const std::vector<float> floats =
          node.name == "x" ? x : generator.weights.find(node.name)->to_float();
      return std::vector<double>(floats.begin(), floats.end());
    };
    const HostArray y = evaluate(graph, values).at(0);
    EXPECT_EQ(y.shape, (Shape{fixture.input.n, generator.info.out_channels,
                              fixture.input.h * generator.info.scale,
                              fixture.input.w * generator.info.scale}));
    // The file's outputs are rounded to single precision; nothing else differs.
    EXPECT_LT(worst_error(y.values, y.shape, fixture, *expected, generator.info), 2e-6);
  }
}

TEST_P(Networks, MatchPyTorchOnTheDevice) {
  if (enumerate_devices().empty()) GTEST_SKIP() << "no Vulkan device";
  static Device device;
  const Fixture fixture = load_fixture(GetParam());
  const Generator generator = identify(fixture.weights);
  std::vector<Parameters::Entry> entries;
  for (const auto& [name, tensor] : generator.weights) {
    entries.push_back({name, tensor.to_float()});
  }
  const Parameters parameters(device, entries);
  const std::vector<float> x = picture(fixture.input, generator.info.input_low);
  for (const auto& [options, expected] : cases_of(fixture)) {
    Graph graph;
    const Shape shape = build(graph, generator, fixture.input, options).shape();
    Program program(device, make_plan(graph, device.properties()), parameters);
    std::copy(x.begin(), x.end(), program.input("x").begin());
    program.poison();
    program.run();
    const double worst =
        worst_error(program.output("y"), shape, fixture, *expected, generator.info);
    EXPECT_LE(worst, 1e-4);
    RecordProperty(options.batch_statistics ? "worst_batch" : "worst", std::to_string(worst));
  }
}

TEST_P(Networks, SayTrulyWhetherTheySeeTheWholePicture) {
  const Fixture fixture = load_fixture(GetParam());
  const Generator generator = identify(fixture.weights);
  Graph graph;
  Tensor y = build(graph, generator, fixture.input, generator.defaults);
  const int radius = receptive_radius(graph, Tensor(&graph, 0), y, generator.info.multiple);
  EXPECT_EQ(radius < 0, generator.info.global_statistics) << "radius " << radius;
}

INSTANTIATE_TEST_SUITE_P(All, Networks, testing::ValuesIn(fixture_names()),
                         [](const auto& test) { return test.param; });

// Tensors of the paper's own configuration, trained ones only.
int64_t trained_values(const Generator& generator) {
  Graph graph;
  build(graph, generator, {1, generator.info.in_channels, 256, 256}, {});
  int64_t count = 0;
  for (const Node& node : graph.nodes()) {
    const bool statistic = node.name.find(".running_") != std::string::npos;
    if (node.op == &kParameter && !statistic) count += node.shape.elements();
  }
  return count;
}

TEST(Defaults, HaveTheSizesThatTheirAuthorsState) {
  EXPECT_EQ(trained_values(unet_generator({})), 54413955);    // "54.414 M"
  EXPECT_EQ(trained_values(resnet_generator({})), 11378179);  // "11.378 M"
  EXPECT_EQ(trained_values(rrdbnet_generator({})), 16697987);
  EXPECT_EQ(trained_values(msrresnet_generator({})), 1517571);
  EXPECT_EQ(trained_values(srvgg_generator({})), 621424);
  const SrresnetConfig leftthomas = {.keys = SrresnetKeys::leftthomas, .blocks = 5};
  EXPECT_EQ(trained_values(srresnet_generator(leftthomas)), 734219);
}

int dropouts(const std::string& fixture, bool stochastic) {
  const Fixture loaded = load_fixture(fixture);
  Graph graph;
  build(graph, identify(loaded.weights), loaded.input, {.stochastic = stochastic});
  int count = 0;
  for (const Node& node : graph.nodes()) count += std::string(node.op->name) == "dropout";
  return count;
}

TEST(Dropout, IsThereWhereThePaperHasItAndOnlyWhenAskedFor) {
  EXPECT_EQ(dropouts("unet_256_batch", true), 3);
  EXPECT_EQ(dropouts("unet_128_instance", true), 2);
  EXPECT_EQ(dropouts("resnet_6blocks_batch_dropout", true), 6);
  EXPECT_EQ(dropouts("resnet_9blocks_instance", true), 0);
  EXPECT_EQ(dropouts("unet_256_batch", false), 0);
  EXPECT_EQ(dropouts("resnet_6blocks_batch_dropout", false), 0);
}

}  // namespace
}  // namespace imago

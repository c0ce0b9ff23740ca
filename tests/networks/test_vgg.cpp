// That VGG's features are those of PyTorch (tests/fixtures/make_vgg.py), and that its checkpoints
// are told from others.
#include "models/networks/vgg.h"

#include <gtest/gtest.h>

#include "compute/base/error.h"
#include "compute/vk/program.h"
#include "models/checkpoint/checkpoint.h"
#include "tests/networks/discriminator_fixture.h"
#include "tests/networks/fixture.h"

namespace imago {
namespace {

constexpr Shape kPicture = {1, 3, 34, 37};
constexpr std::array<int, 5> kWidths = {2, 3, 4, 5, 6};

/// The tensors whose names begin with `prefix`, without it.
StateDict fixture(const std::string& prefix) {
  static const StateDict file =
      read_checkpoint(std::filesystem::path(IMAGO_FIXTURES) / "vgg.safetensors");
  StateDict tensors;
  for (const auto& [key, tensor] : file)
    if (key.starts_with(prefix)) tensors.insert(key.substr(prefix.size()), tensor);
  return tensors;
}

/// Largest difference as a part of the largest value.
double relative_error(const std::vector<double>& values, const HostTensor& expected) {
  const std::vector<double> wanted = doubles(expected.to_float());
  return worst_difference(values, wanted) /
         worst_difference(wanted, std::vector<double>(wanted.size()));
}

class Vgg : public testing::TestWithParam<int> {
 protected:
  int depth_ = GetParam();
  std::string name_ = "vgg" + std::to_string(depth_);
  StateDict weights_ = fixture(name_ + ".weights.");
  StateDict outputs_ = fixture(name_ + ".output.");
  std::vector<float> picture_ = picture(kPicture, 0);

  /// The features after every number of layers that the fixture has, as outputs.
  void build(Graph& graph) {
    const Tensor x = graph.input("x", kPicture);
    for (const auto& [layers, expected] : outputs_) {
      const VggConfig config = {depth_, std::stoi(layers), kWidths};
      graph.output(layers, vgg_features(graph, x, config, "vgg."));
    }
  }
};

TEST_P(Vgg, MatchesPyTorchInDoublePrecision) {
  Graph graph;
  build(graph);
  const auto value_of = [&](const Node& node) {
    return doubles(node.name == "x" ? picture_ : weights_.find(node.name.substr(4))->to_float());
  };
  const std::vector<HostArray> outputs = evaluate(graph, value_of);
  ASSERT_EQ(outputs.size(), 5u);
  for (size_t i = 0; i < outputs.size(); ++i) {
    const std::string& layers = graph.outputs()[i].name;
    const HostTensor& expected = *outputs_.find(layers);
    const Shape& s = outputs[i].shape;
    EXPECT_EQ((std::vector<int64_t>{s.n, s.c, s.h, s.w}), expected.shape) << layers;
    // Pictures, means and outputs are rounded to single precision; nothing else differs.
    EXPECT_LT(relative_error(outputs[i].values, expected), 1e-6) << layers;
  }
}

TEST_P(Vgg, MatchesPyTorchOnTheDevice) {
  if (enumerate_devices().empty()) GTEST_SKIP() << "no Vulkan device";
  Device device;
  Graph graph;
  build(graph);
  std::vector<Parameters::Entry> entries;
  for (const auto& [key, tensor] : weights_) entries.push_back({"vgg." + key, tensor.to_float()});
  const Parameters parameters(device, entries);
  Program program(device, make_plan(graph, device.properties()), parameters);
  std::copy(picture_.begin(), picture_.end(), program.input("x").begin());
  program.poison();
  program.run();
  for (const auto& [layers, expected] : outputs_)
    EXPECT_LT(relative_error(doubles(program.output(layers)), expected), 1e-5) << layers;
}

TEST_P(Vgg, IsToldByKeysAndShapes) {
  EXPECT_EQ(guess_vgg(weights_), (VggConfig{depth_, depth_ == 16 ? 31 : 37, kWidths}));
  StateDict whole = weights_;
  whole.insert("classifier.0.weight", HostTensor::from_float({1, 1}, {1}));
  EXPECT_EQ(guess_vgg(whole), guess_vgg(weights_));

  StateDict cut = weights_;
  for (const auto& [key, tensor] : weights_)
    if (std::stoi(key.substr(9)) >= 20) cut.erase(key);
  EXPECT_EQ(guess_vgg(cut).depth, depth_);
  EXPECT_EQ(guess_vgg(cut).layers, 21);  // to the ReLU of convolution 19

  for (const auto& [key, tensor] : weights_) {
    StateDict rest = weights_;
    rest.erase(key);
    EXPECT_THROW(guess_vgg(rest), Error) << "without " << key;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Vgg, testing::Values(16, 19));

TEST(VggLayers, AreCountedToTheConvolutionOfAPaper) {
  EXPECT_EQ(vgg_layers(19, 1, 1), 1);
  EXPECT_EQ(vgg_layers(19, 2, 2), 8);
  EXPECT_EQ(vgg_layers(19, 5, 4), 35);
  EXPECT_EQ(vgg_layers(16, 5, 3), 29);
  EXPECT_THROW(vgg_layers(16, 5, 4), Error);
  EXPECT_THROW(vgg_layers(19, 0, 1), Error);
  EXPECT_THROW(vgg_layers(13, 1, 1), Error);
}

TEST(VggErrors, SayWhatIsExpected) {
  const auto refusal = [](const StateDict& tensors) -> std::string {
    try {
      guess_vgg(tensors);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(refusal({}), "this is no VGG: features.0.weight, its first convolution, is not there");
  StateDict with_norm = fixture("vgg19.weights.");
  with_norm.insert("features.1.running_mean", HostTensor::from_float({2}, {0, 0}));
  EXPECT_EQ(refusal(with_norm),
            "the tensors fit neither VGG16 nor VGG19 without batch norm. Nearest is VGG19: 32 of "
            "its 32 tensors are there; not part of it: features.1.running_mean");

  Graph graph;
  EXPECT_THROW(vgg_features(graph, graph.input("grey", {1, 1, 8, 8}), {}, ""), ShapeError);
  EXPECT_THROW(vgg_features(graph, graph.input("x", {1, 3, 8, 8}), {}, ""),
               ShapeError);  // too small
  EXPECT_THROW(vgg_features(graph, graph.input("y", {1, 3, 32, 32}), {.layers = 38}, ""), Error);
}

}  // namespace
}  // namespace imago

// Spectral norm (Miyato et al. 2018): that it divides by the largest singular value, that training
// moves its vectors as PyTorch does, and that gradients see the division.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>

#include "compute/graph/grad.h"
#include "models/networks/discriminators.h"
#include "tests/networks/discriminator_fixture.h"

namespace imago {
namespace {

using Values = std::map<std::string, std::vector<double>>;

std::vector<double> noise(int64_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values(static_cast<size_t>(count));
  for (double& value : values) value = normal(generator);
  return values;
}

/// Noise for every input and parameter of the graph.
Values random_values(const Graph& graph) {
  Values values;
  for (const Node& node : graph.nodes())
    if (!node.name.empty()) values[node.name] = noise(node.shape.elements(), values.size() + 1);
  return values;
}

std::vector<HostArray> run(const Graph& graph, const Values& values) {
  return evaluate(graph, [&](const Node& node) { return values.at(node.name); });
}

constexpr Axes kAll = {.n = true, .c = true, .h = true, .w = true};
// Without a norm, which would undo any division.
constexpr DiscriminatorConfig kSmall = {
    .features = 2, .layers = 1, .norm = Norm::none, .spectral_norm = true};
const std::vector<std::string> kConvolutions = {"model.0", "model.2", "model.5"};

TEST(SpectralNorm, TakesPyTorchsPowerIterationInTraining) {
  const DiscriminatorFixture fixture = load_discriminator_fixture("unet_spectral");
  const DiscriminatorConfig config = guess_discriminator(fixture.weights);
  Graph graph;
  const Tensor x = graph.input("x", fixture.shape);
  graph.output("y", discriminator(graph, x, config, {.power_iteration = true}).logits);
  const auto value_of = [&](const Node& node) { return fixture.value_of(node); };
  EXPECT_LT(
      worst_difference(evaluate(graph, value_of).at(0).values, doubles(fixture.trained_output)),
      2e-6);

  if (enumerate_devices().empty()) GTEST_SKIP() << "no Vulkan device";
  Device device;
  const Parameters parameters(device, fixture.entries());
  Program program(device, make_plan(graph, device.properties(), {.fold_constants = false}),
                  parameters);
  std::copy(fixture.input.begin(), fixture.input.end(), program.input("x").begin());
  program.poison();
  program.run();
  EXPECT_LE(worst_difference(doubles(program.output("y")), doubles(fixture.trained_output)), 1e-4);
  EXPECT_EQ(fixture.trained.size(), 16u);
  for (const auto& [key, tensor] : fixture.trained)
    EXPECT_LE(worst_difference(doubles(parameters.read(key)), doubles(tensor.to_float())), 1e-5)
        << key;
}

/// The singular values of a matrix of two rows are the roots of the eigenvalues of w w'.
double largest_singular_value(const std::vector<double>& w) {
  const size_t columns = w.size() / 2;
  double a = 0, b = 0, c = 0;
  for (size_t i = 0; i < columns; ++i) {
    a += w[i] * w[i];
    b += w[i] * w[columns + i];
    c += w[columns + i] * w[columns + i];
  }
  return std::sqrt((a + c) / 2 + std::hypot((a - c) / 2, b));
}

// Two uses in one graph are two iterations per run.
TEST(SpectralNorm, ComesToDivideByTheLargestSingularValue) {
  Graph graph;
  Layers layers(graph, {.power_iteration = true, .prefix = "D."});
  const Tensor x = graph.input("x", {1, 3, 4, 4});
  const ConvSettings settings = {.bias = false, .spectral_norm = true};
  layers.conv2d("conv", x * -1.0f, 2, settings);
  graph.output("divided", layers.conv2d("conv", x, 2, settings));
  graph.output("plain", conv2d(x, graph.parameter("D.conv.weight_orig", {2, 3, 3, 3})));
  graph.output("u", graph.parameter("D.conv.weight_u", {2, 1, 1, 1}));
  graph.output("v", graph.parameter("D.conv.weight_v", {1, 3, 3, 3}));

  Values values = random_values(graph);
  const double sigma = largest_singular_value(values.at("D.conv.weight_orig"));
  double first_error = 0, error = 0;
  for (int step = 0; step < 40; ++step) {
    const std::vector<HostArray> outputs = run(graph, values);
    error = 0;
    for (size_t i = 0; i < outputs[1].values.size(); ++i)
      error = std::max(error, std::abs(outputs[0].values[i] * sigma / outputs[1].values[i] - 1));
    if (step == 0) first_error = error;
    values["D.conv.weight_u"] = outputs[2].values;
    values["D.conv.weight_v"] = outputs[3].values;
  }
  EXPECT_GT(first_error, 1e-4);  // it had some way to go
  EXPECT_LT(error, 1e-6);
}

/// The gradients with respect to the weights, as outputs, after the loss.
std::vector<std::string> build_gradients(Graph& graph, const BuildOptions& options, int uses) {
  const Tensor x = graph.input("x", {1, 3, 8, 8});
  Tensor loss;
  for (int use = 0; use < uses; ++use) {
    const Tensor logits = discriminator(graph, x * float(1 + use), kSmall, options).logits;
    const Tensor part = sum(square(logits), kAll);
    loss = loss ? loss - part : part;
  }
  graph.output("loss", loss);
  std::vector<std::string> names;
  std::vector<Tensor> weights;
  for (const auto& [name, id] : graph.parameters()) {
    if (!name.ends_with(".weight_orig")) continue;
    names.push_back(name);
    weights.emplace_back(&graph, id);
  }
  for (const Tensor& gradient : grad(loss, weights)) graph.output("gradient", gradient);
  return names;
}

TEST(SpectralNorm, HasTheGradientOfTheDivision) {
  Graph graph;
  const std::vector<std::string> names = build_gradients(graph, {}, 1);
  EXPECT_EQ(names.size(), kConvolutions.size());
  const Values values = random_values(graph);
  const std::vector<HostArray> outputs = run(graph, values);
  for (size_t i = 0; i < names.size(); ++i) {
    const std::vector<double> along = noise(int64_t(values.at(names[i]).size()), 77);
    double slope = 0;
    for (size_t j = 0; j < along.size(); ++j) slope += outputs[i + 1].values[j] * along[j];
    constexpr double kStep = 1e-6;
    const auto loss_at = [&](double distance) {
      Values moved = values;
      for (size_t j = 0; j < along.size(); ++j) moved[names[i]][j] += distance * along[j];
      return run(graph, moved)[0].values[0];
    };
    const double difference = (loss_at(kStep) - loss_at(-kStep)) / (2 * kStep);
    EXPECT_NEAR(slope / difference, 1, 1e-6) << names[i];
  }
}

// u and v count as constants: gradients through a power iteration are those at the vectors it ends
// with. Gradients of two uses, as of real and fake, can be asked for when both have been made.
TEST(SpectralNorm, TakesNoGradientThroughThePowerIteration) {
  Graph training, fixed;
  build_gradients(training, {.power_iteration = true}, 1);
  build_gradients(fixed, {}, 1);
  for (const auto& [name, id] : training.parameters())
    if (name.ends_with("_u") || name.ends_with("_v")) training.output(name, {&training, id});
  Values values = random_values(training);
  const std::vector<HostArray> moved = run(training, values);
  for (size_t i = 0; i < moved.size(); ++i) {
    const std::string& name = training.outputs()[i].name;
    if (values.contains(name)) values[name] = moved[i].values;
  }
  const std::vector<HostArray> expected = run(fixed, values);
  ASSERT_EQ(expected.size(), 1 + kConvolutions.size());
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_LT(worst_difference(moved[i].values, expected[i].values),
              1e-12 * (1 + std::abs(expected[0].values[0])));

  Graph twice;
  EXPECT_NO_THROW(build_gradients(twice, {.power_iteration = true}, 2));
  EXPECT_EQ(twice.updates().size(), 4 * kConvolutions.size());
}

}  // namespace
}  // namespace imago

// What is not a number stays so in every kernel a picture goes through: an overflow must not become
// a picture.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "compute/vk/program.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

/// The values that `build` makes of `input`, on the device.
std::vector<float> made_of(const Shape& shape, const std::vector<float>& input,
                           const std::function<Tensor(Graph&, Tensor)>& build) {
  Device& device = test_device();
  Graph graph;
  graph.output("y", build(graph, graph.input("x", shape)));
  std::vector<Parameters::Entry> entries;
  for (const auto& [name, node] : graph.parameters())
    entries.push_back({name, fill(name, 0, graph.node(node).shape, 0.1f, 1.0f)});
  const Parameters parameters(device, entries);
  Program program(device, make_plan(graph, device.properties()), parameters);
  std::copy(input.begin(), input.end(), program.input("x").begin());
  program.run();
  const std::span<const float> y = program.output("y");
  return {y.begin(), y.end()};
}

using Function = std::function<Tensor(Tensor)>;
const std::vector<std::pair<const char*, Function>> kActivations = {
    {"affine", [](Tensor x) { return affine(x, 0.5f, 0.5f); }},
    {"leaky_relu", [](Tensor x) { return leaky_relu(x, 0.2f); }},
    {"relu", [](Tensor x) { return relu(x); }},
    {"tanh", [](Tensor x) { return tanh(x); }},
    {"sigmoid", [](Tensor x) { return sigmoid(x); }},
    {"clamp", [](Tensor x) { return clamp(x, 0, 1); }},
    {"softplus", [](Tensor x) { return softplus(x); }},
    {"square", [](Tensor x) { return square(x); }},
    {"exp", [](Tensor x) { return exp(x); }},
    {"sqrt", [](Tensor x) { return sqrt(x); }},
    {"rsqrt", [](Tensor x) { return rsqrt(x); }},
    {"log", [](Tensor x) { return log(x); }},
    {"abs", [](Tensor x) { return abs(x); }}};

TEST(NotANumber, StaysSoInEveryActivation) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> input(2 * 6 * 7, 0.25f);
  for (const size_t at : {size_t{5}, size_t{41}, size_t{83}}) input[at] = kNan;
  for (const auto& [name, activation] : kActivations) {
    const std::vector<float> y =
        made_of({1, 2, 6, 7}, input, [&](Graph&, Tensor x) { return activation(x); });
    for (size_t i = 0; i < y.size(); ++i)
      EXPECT_EQ(std::isnan(y[i]), std::isnan(input[i])) << name << ' ' << i << ' ' << y[i];
  }
}

TEST(NotANumber, StaysSoBehindConvolutionsOfEveryKind) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const int in : {3, 16})
    for (const int out : {1, 3, 16})
      for (const auto& [name, activation] : kActivations) {
        std::vector<float> input(static_cast<size_t>(in) * 20 * 24, 0.25f);
        input[10 * 24 + 12] = kNan;
        for (const bool transposed : {false, true}) {
          const std::vector<float> y =
              made_of({1, in, 20, 24}, input, [&, activation = activation](Graph& graph, Tensor x) {
                const Tensor bias = graph.parameter("b", {1, out, 1, 1});
                const Tensor sum = transposed
                                       ? conv2d_dx(x, graph.parameter("w", {in, out, 4, 4}), {2, 1})
                                       : conv2d(x, graph.parameter("w", {out, in, 3, 3}), {1, 1});
                return activation(sum + bias);
              });
          const int64_t not_numbers =
              std::count_if(y.begin(), y.end(), [](float v) { return std::isnan(v); });
          EXPECT_GE(not_numbers, (transposed ? 16 : 9) * out)
              << name << ' ' << in << ' ' << out << (transposed ? " transposed" : "");
        }
      }
}

// PyTorch too makes everything of the group not a number.
TEST(NotANumber, OrTheInfiniteSpreadsThroughNormalisation) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
    for (const size_t place : {size_t{0}, size_t{777}, size_t{1199}}) {
      std::vector<float> input(2 * 1200);
      for (size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>(i % 37);
      input[place] = bad;
      const std::vector<float> y = made_of({1, 2, 30, 40}, input, [](Graph&, Tensor x) {
        return normalize(x, {.h = true, .w = true}, 1e-5f);
      });
      for (size_t i = 0; i < y.size(); ++i)
        ASSERT_EQ(std::isnan(y[i]), i < 1200) << bad << ' ' << place << ' ' << i << ' ' << y[i];
    }
}

}  // namespace
}  // namespace imago

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/ops/normalize.h"
#include "compute/vk/program.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

constexpr Axes kInstance{.h = true, .w = true};
constexpr Axes kBatch{.n = true, .h = true, .w = true};

const Shape kNormalizedShapes[] = {{1, 1, 1, 1},     {2, 3, 7, 5},  {1, 7, 7, 90},
                                   {3, 5, 1, 1},     {2, 2, 33, 9}, {1, 3, 64, 64},
                                   {2, 1, 131, 129}, {3, 5, 6, 10}, {2, 3, 2, 2}};

TEST(Normalize, MatchesReference) {
  for (const auto& [device, adapt] : kDevices)
    for (const Axes& axes : {kInstance, kBatch})
      for (const Shape& shape : kNormalizedShapes)
        check_op({.name = (axes.n ? "batch " : "instance ") + to_string(shape) + device,
                  .inputs = {shape},
                  .build = [&](auto& in) { return normalize(in[0], axes, 1e-5f); },
                  .low = -2,
                  .high = 3},
                 adapt);
}

TEST(Normalize, ItsGradientMatchesReference) {
  for (const auto& [device, adapt] : kDevices)
    for (const Axes& axes : {kInstance, kBatch})
      for (const Shape& shape : kNormalizedShapes)
        check_op({.name = (axes.n ? "batch " : "instance ") + to_string(shape) + " dx" + device,
                  .inputs = {shape, shape},
                  .build = [&](auto& in) { return normalize_dx(in[0], in[1], axes, 1e-2f); },
                  .low = -2,
                  .high = 3},
                 adapt);
}

TEST(Normalize, StaysAccurateFarFromZero) {
  const float width = std::sqrt(3.0f);  // of a uniform distribution with deviation 1, halved
  for (const Axes& axes : {kInstance, kBatch})
    for (const Shape& shape : {Shape{2, 3, 97, 64}, Shape{1, 2, 300, 301}})
      check_op({.name = std::string(axes.n ? "batch " : "instance ") + to_string(shape),
                .inputs = {shape},
                .build = [&](auto& in) { return normalize(in[0], axes, 1e-5f); },
                .low = 1000 - width,
                .high = 1000 + width});
}

/// The fused op with every setting.
struct FusedCase {
  Axes axes;
  bool scale, shift;
  UnarySettings activation;

  Tensor build(const std::vector<Tensor>& in) const {
    const NormalizeSettings settings{axes, 1e-5f, scale, shift, activation};
    std::vector<Tensor> inputs = {in[0]};
    if (scale) inputs.push_back(in[1]);
    if (shift) inputs.push_back(in[2]);
    return in[0].graph().add(kNormalize, inputs, settings);
  }
};

std::vector<FusedCase> fused_cases() {
  std::vector<FusedCase> cases;
  const UnarySettings activations[] = {{}, {Unary::leaky_relu, 0.2f}, {Unary::tanh}};
  for (const Axes& axes : {kInstance, kBatch})
    for (const bool scale : {false, true})
      for (const bool shift : {false, true})
        for (const UnarySettings& activation : activations)
          cases.push_back({axes, scale, shift, activation});
  return cases;
}

TEST(Normalize, CarriesScaleShiftAndActivation) {
  for (const auto& [device, adapt] : kDevices)
    for (const FusedCase& c : fused_cases())
      check_op({.name = std::string("normalize with all that rides on it") + device,
                .inputs = {{2, 3, 17, 11}, {1, 3, 1, 1}, {1, 3, 1, 1}},
                .build = [&](auto& in) { return c.build(in); },
                .as_parameters = {1, 2}},
               adapt);
}

/// What the fusion pass makes of the gradients of scale and shift.
TEST(Normalize, SumsOfItsGradientMatchTheReference) {
  for (const auto& [device, adapt] : kDevices)
    for (const Axes& axes : {kInstance, kBatch})
      for (const bool of_shift : {false, true})
        check_op({.name = (axes.n ? "batch sums" : "instance sums") + std::string(device),
                  .inputs = {{2, 3, 17, 12}, {2, 3, 17, 12}},
                  .build =
                      [&](auto& in) {
                        return in[0].graph().add(kNormalizeSums, {in[0], in[1]},
                                                 NormalizeSumsSettings{axes, 1e-2f, of_shift});
                      }},
                 adapt);
}

TEST(Normalize, StatisticsOfTheBatchMatchTheReference) {
  for (const auto& [device, adapt] : kDevices)
    for (const Shape& x : {Shape{2, 3, 17, 12}, Shape{3, 5, 1, 7}, Shape{1, 2, 64, 48}})
      for (const bool of_variance : {false, true})
        check_op({.name = (of_variance ? "variance of " : "mean of ") + to_string(x) + device,
                  .inputs = {x},
                  .build =
                      [&](auto& in) {
                        return of_variance ? batch_variance(in[0], 1e-5f, 1.25f)
                                           : batch_mean(in[0], 1e-5f);
                      },
                  .low = 2,
                  .high = 3},
                 adapt);
}

TEST(Normalize, ItsGradientTakesTheScaleUponItself) {
  for (const auto& [device, adapt] : kDevices)
    for (const Axes& axes : {kInstance, kBatch})
      check_op({.name = (axes.n ? "batch dx scaled" : "instance dx scaled") + std::string(device),
                .inputs = {{2, 3, 17, 12}, {2, 3, 17, 12}, {1, 3, 1, 1}},
                .build =
                    [&](auto& in) {
                      return in[0].graph().add(kNormalizeDx, {in[0], in[1], in[2]},
                                               NormalizeDxSettings{axes, 1e-2f, true});
                    },
                .as_parameters = {2}},
               adapt);
}

TEST(Normalize, EqualsItsExpansion) {
  const auto value = [](const Node& node) {
    std::vector<double> values(static_cast<size_t>(node.shape.elements()));
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = std::sin(static_cast<double>(i * i) + static_cast<double>(node.name.size()));
    return values;
  };
  for (const FusedCase& c : fused_cases()) {
    Graph graph;
    const std::vector<Tensor> in = {graph.input("x", {2, 3, 5, 7}),
                                    graph.parameter("scale", {1, 3, 1, 1}),
                                    graph.parameter("shift", {1, 3, 1, 1})};
    const Tensor fused = c.build(in);
    const Node node = graph.node(fused.id());
    std::vector<Tensor> inputs;
    for (const int id : node.inputs) inputs.emplace_back(&graph, id);
    graph.output("fused", fused);
    graph.output("expanded", kNormalize.decompose(inputs, node.attributes));
    const auto results = evaluate(graph, value);
    for (size_t i = 0; i < results[0].values.size(); ++i)
      // 1/count is rounded to fp32 in the expansion.
      EXPECT_NEAR(results[0].values[i], results[1].values[i], 1e-6);
  }
}

TEST(Normalize, ItsGradientsEqualTheirExpansions) {
  const auto value = [](const Node& node) {
    std::vector<double> values(static_cast<size_t>(node.shape.elements()));
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = std::sin(static_cast<double>(i * i) + static_cast<double>(node.name.size()));
    return values;
  };
  for (const Axes& axes : {kInstance, kBatch}) {
    Graph graph;
    const Shape shape{2, 3, 5, 7};
    const std::vector<Tensor> in = {graph.input("dy", shape), graph.input("x", shape),
                                    graph.parameter("scale", {1, 3, 1, 1})};
    const std::vector<Tensor> two = {in[0], in[1]};
    const NormalizeDxSettings scaled{axes, 1e-2f, true};
    graph.output("dx", graph.add(kNormalizeDx, in, scaled));
    graph.output("expanded", kNormalizeDx.decompose(in, scaled));
    for (const bool of_shift : {false, true}) {
      const NormalizeSumsSettings sums{axes, 1e-2f, of_shift};
      const std::string which = of_shift ? "dshift" : "dscale";
      graph.output(which, graph.add(kNormalizeSums, two, sums));
      graph.output(which + " expanded", kNormalizeSums.decompose(two, sums));
    }
    const auto results = evaluate(graph, value);
    for (size_t r = 0; r < results.size(); r += 2)
      for (size_t i = 0; i < results[r].values.size(); ++i)
        EXPECT_NEAR(results[r].values[i], results[r + 1].values[i], 1e-5);
  }
}

TEST(Normalize, RefusesWhatDoesNotFit) {
  Graph graph;
  const Tensor x = graph.input("x", {1, 3, 4, 4}), scale = graph.parameter("s", {1, 4, 1, 1});
  for (const Axes& axes : {Axes{}, Axes{.c = true, .h = true, .w = true}, Axes{.h = true}})
    EXPECT_THROW(normalize(x, axes, 1e-5f), ShapeError);
  expect_shape_error([&] { normalize(x, {.w = true}, 1e-5f); },
                     "normalize: the axes must be {h,w} or {n,h,w} (inputs: 1x3x4x4)");
  EXPECT_THROW(graph.add(kNormalize, {x, scale}, NormalizeSettings{kInstance, 1e-5f, 1, 0, {}}),
               ShapeError);
  EXPECT_THROW(graph.add(kNormalize, {x}, NormalizeSettings{kInstance, 1e-5f, 1, 0, {}}),
               ShapeError);
  EXPECT_EQ(receptive_radius(graph, x, normalize(x, kInstance, 1e-5f)), -1);
}

}  // namespace
}  // namespace imago

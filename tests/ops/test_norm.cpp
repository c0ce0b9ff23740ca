// Norms over many tensors at once.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "compute/graph/optimize.h"
#include "compute/vk/program.h"
#include "tests/graph/gradient_test.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

/// CPU drivers read texels, others storage buffers.
const Adapt kAdapts[] = {
    [](DeviceProperties& p) { p.kind = DeviceProperties::Kind::discrete; },
    [](DeviceProperties& p) { p.kind = DeviceProperties::Kind::cpu; },
};

TEST(Norm, SumsOfSquaresMatchTheReference) {
  for (const Adapt& adapt : kAdapts)
    for (const Shape& shape : {Shape{1, 1, 1, 1},
                               {1, 7, 1, 1},
                               {2, 3, 7, 5},
                               {64, 32, 4, 4},
                               {1, 1, 1, 8192},
                               {1, 1, 1, 8196},
                               {1, 1, 1, 8193},
                               {5, 41, 13, 17}})
      check_op({.name = "square_sums " + to_string(shape),
                .inputs = {shape},
                .build = [](auto& in) { return square_sums(in[0]); }},
               adapt);
}

TEST(Norm, OfSeveralTensorsIsThatOfAllTheirNumbers) {
  for (const Adapt& adapt : kAdapts)
    check_op({.name = "norm of three",
              .inputs = {{8, 8, 4, 4}, {1, 8, 1, 1}, {130, 100, 3, 3}},
              .build =
                  [](auto& in) {
                    return norm({in[0], in[1], in[2]});
                  }},
             adapt);
}

TEST(Norm, HasGradients) {
  check_gradient({.name = "norm",
                  .inputs = {{2, 3, 3, 4}, {1, 3, 1, 1}},
                  .build = [](const std::vector<Tensor>& in) {
                    return norm({in[0], in[1]});
                  }});
}

// Whatever a driver does with numbers that are none: none may be lost, at no place.
TEST(Norm, OneNumberThatIsNotFiniteShows) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const Adapt& adapt : kAdapts) {
    DeviceProperties properties = test_device().properties();
    adapt(properties);
    Graph graph;
    const Shape small = {1, 5, 1, 1}, large = {3, 11, 20, 20};
    graph.output("norm", norm({graph.input("small", small), graph.input("large", large)}));
    const Parameters none(test_device(), {});
    Program program(test_device(), make_plan(graph, properties), none);
    const auto norm_with = [&](const std::string& name, size_t at, float value) {
      std::ranges::fill(program.input("small"), 1.0f);
      std::ranges::fill(program.input("large"), 1.0f);
      program.input(name)[at] = value;
      program.run();
      return program.output("norm")[0];
    };
    EXPECT_NEAR(norm_with("small", 0, 1), std::sqrt(5.0 + 13200), 1e-3);
    for (const float value : {std::nanf(""), kInfinity, -kInfinity, 1e20f}) {
      for (const size_t at : {0u, 4u}) EXPECT_FALSE(std::isfinite(norm_with("small", at, value)));
      for (const size_t at : {0u, 3u, 255u, 8191u, 8192u, 13199u})
        EXPECT_FALSE(std::isfinite(norm_with("large", at, value))) << at << ' ' << value;
    }
  }
}

// The sums are taken where each gradient is ready, wherever in the graph they were asked for.
TEST(Norm, GradientsDoNotWaitForIt) {
  const auto arena = [](bool with_norm) {
    constexpr int kLayers = 12, kChannels = 64;
    Graph graph;
    Tensor y = graph.input("x", {1, kChannels, 4, 4});
    std::vector<Tensor> weights;
    for (int layer = 0; layer < kLayers; ++layer) {
      weights.push_back(graph.parameter(std::to_string(layer), {kChannels, kChannels, 3, 3}));
      y = relu(conv2d(y, weights.back(), {1, 1}));
    }
    const auto gradients = minimize(mean(square(y), {true, true, true, true}), weights, Adam{}, 0);
    if (with_norm) graph.output("norm", norm(gradients));
    return make_plan(graph, test_device().properties(), {.fold_constants = false}).arena_bytes;
  };
  EXPECT_LE(static_cast<double>(arena(true)), 1.06 * static_cast<double>(arena(false)));
}

}  // namespace
}  // namespace imago

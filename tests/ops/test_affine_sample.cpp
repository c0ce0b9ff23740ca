// Bilinear samples at affinely transformed places: the kernels against fp64, and these against
// PyTorch's grid_sample (tests/fixtures/make_affine_sample.py).
#include <gtest/gtest.h>

#include <fstream>

#include "compute/graph/op.h"
#include "compute/vk/program.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

/// Turns by all angles, scales of a third to three, shifts beyond the border: by random numbers.
Tensor theta_of(Tensor random) {
  const auto one = [&](int i, float scale, float shift) {
    return affine(slice_channels(random, i, i + 1), scale, shift);
  };
  return concat({one(0, 1.2f, 0), one(1, 1.2f, 0), one(2, 5, 0), one(3, 1.2f, 0), one(4, 1.2f, 0),
                 one(5, 5, 0)});
}

TEST(AffineSample, MatchesReference) {
  for (const Shape& s : {Shape{1, 1, 2, 2}, Shape{3, 2, 7, 5}, Shape{2, 3, 16, 16},
                         Shape{4, 1, 9, 20}, Shape{1, 2, 2, 11}})
    for (const bool dx : {false, true})
      check_op({.name = std::string(dx ? "dx " : "sample ") + to_string(s),
                .inputs = {s, {s.n, 6, 1, 1}},
                .build =
                    [&](auto& in) {
                      const Tensor theta = theta_of(in[1]);
                      return dx ? affine_sample_dx(in[0], theta) : affine_sample(in[0], theta);
                    },
                .tolerance = 1e-5});
  Graph graph;
  const Tensor x = graph.input("x", {2, 1, 4, 4});
  expect_shape_error([&] { affine_sample(x, graph.input("t", {1, 6, 1, 1})); }, "theta");
  expect_shape_error(
      [&] {
        affine_sample(graph.input("row", {1, 1, 1, 4}), graph.input("u", {1, 6, 1, 1}));
      },
      "below two pixels");
}

// A picture all of whose places are one place: its inverse has no end.
TEST(AffineSample, OfOnePlace) {
  for (const bool dx : {false, true})
    check_op({.name = std::string("one place") + (dx ? " dx" : ""),
              .inputs = {{1, 1, 4, 6}},
              .build =
                  [&](auto& in) {
                    const Tensor theta = constant(in[0].graph(), {1, 6, 1, 1}, 0);
                    return dx ? affine_sample_dx(in[0], theta) : affine_sample(in[0], theta);
                  },
              .tolerance = 1e-5});
}

TEST(AffineSample, AgreesWithPyTorch) {
  std::ifstream file(IMAGO_FIXTURES "/data/affine_sample.txt");
  int64_t height = 0, width = 0, cases = 0;
  while (file >> height >> width) {
    const auto numbers = [&](int64_t count) {
      std::vector<double> values(static_cast<size_t>(count));
      for (double& value : values) file >> value;
      return values;
    };
    const std::vector<double> theta = numbers(6), x = numbers(height * width),
                              expected = numbers(height * width);
    Graph graph;
    graph.output("y", affine_sample(graph.input("x", {1, 1, height, width}),
                                    graph.input("theta", {1, 6, 1, 1})));
    const std::vector<double> y =
        evaluate(graph, [&](const Node& node) { return node.name == "x" ? x : theta; })[0].values;
    for (size_t i = 0; i < y.size(); ++i) EXPECT_NEAR(y[i], expected[i], 1e-8) << cases << ' ' << i;
    ++cases;
  }
  EXPECT_EQ(cases, 4);
}

}  // namespace
}  // namespace imago

#include <gtest/gtest.h>

#include <cmath>

#include "compute/graph/op.h"
#include "compute/vk/program.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

TEST(Random, MatchesReference) {
  for (const Shape& shape : {Shape{1, 1, 1, 1}, Shape{2, 3, 5, 7}, Shape{1, 4, 33, 40}}) {
    check_op(
        {.name = "uniform " + to_string(shape),
         .inputs = {shape},
         .build = [&](auto& in) { return in[0] * 0.0f + random_uniform(in[0].graph(), shape); },
         .tolerance = 0});
    check_op({.name = "normal " + to_string(shape),
              .inputs = {shape},
              .build = [&](auto& in) { return in[0] * 0.0f + random_normal(in[0].graph(), shape); },
              .tolerance = 1e-5});
  }
}

TEST(Random, NormalNumbersHaveTheMomentsAndTailsOfTheNormalDistribution) {
  Graph graph;
  const Shape shape = {1, 1, 300, 400};
  graph.output("y", random_normal(graph, shape));
  const std::vector<double> y =
      evaluate(graph, [](const Node&) { return std::vector<double>(); }, {.seed_low = 5})[0].values;
  double mean = 0, square = 0, fourth = 0, neighbours = 0, beyond = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    mean += y[i];
    square += y[i] * y[i];
    fourth += std::pow(y[i], 4);
    neighbours += i > 0 ? y[i] * y[i - 1] : 0;
    beyond += std::abs(y[i]) > 1.959964 ? 1 : 0;
  }
  const double count = static_cast<double>(y.size());
  EXPECT_NEAR(mean / count, 0, 0.01);  // each within about three deviations
  EXPECT_NEAR(square / count, 1, 0.012);
  EXPECT_NEAR(fourth / count, 3, 0.09);
  EXPECT_NEAR(neighbours / count, 0, 0.01);
  EXPECT_NEAR(beyond / count, 0.05, 0.002);
}

TEST(Random, GraphsThatBeginWithOtherStreamsDrawOtherNumbers) {
  const auto drawn = [](uint32_t first) {
    Graph graph;
    graph.random_streams_from(first);
    graph.output("y", random_uniform(graph, {1, 1, 1, 64}));
    return evaluate(graph, [](const Node&) { return std::vector<double>(); })[0].values;
  };
  EXPECT_EQ(drawn(0), drawn(0));
  EXPECT_NE(drawn(0), drawn(1000));
}

}  // namespace
}  // namespace imago

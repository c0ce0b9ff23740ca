#include <gtest/gtest.h>

#include "compute/graph/graph.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

Axes axes_of(int bits) {
  return {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0};
}

TEST(Sum, MatchesReferenceOverAnySubsetOfAxes) {
  const Shape shapes[] = {
      {1, 1, 1, 1}, {2, 3, 7, 5}, {1, 7, 7, 90}, {3, 20, 13, 17}, {5, 1, 30, 1}};
  for (int bits = 0; bits < 16; ++bits)
    for (const Shape& shape : shapes) {
      check_op({.name = "sum " + to_string(shape) + " axes " + std::to_string(bits),
                .inputs = {shape},
                .build = [&](auto& in) { return sum(in[0], axes_of(bits)); }});
      check_op({.name = "mean " + to_string(shape) + " axes " + std::to_string(bits),
                .inputs = {shape},
                .build = [&](auto& in) { return mean(in[0], axes_of(bits)); }});
    }
}

TEST(Sum, StaysAccurateOverAMillionElements) {
  for (const auto& [low, high] :
       {std::pair{-1.0f, 1.0f}, std::pair{0.9f, 1.0f}, std::pair{0.1f, 0.1f}})
    for (const int bits : {15, 12, 8, 6})
      check_op({.name = "sum of a million, axes " + std::to_string(bits),
                .inputs = {{1, 4, 513, 500}},
                .build = [&](auto& in) { return sum(in[0], axes_of(bits)); },
                .low = low,
                .high = high});
  check_op({.name = "mean of a million around 1000",
            .inputs = {{1, 1, 1000, 1000}},
            .build = [](auto& in) { return mean(in[0], axes_of(15)); },
            .low = 999,
            .high = 1001});
}

TEST(Sum, ReducedRowsOrColumnsMakeItGlobal) {
  Graph graph;
  const Tensor x = graph.input("x", {2, 3, 8, 8});
  EXPECT_EQ(receptive_radius(graph, x, sum(x, {.n = true, .c = true})), 0);
  EXPECT_EQ(receptive_radius(graph, x, sum(x, {.h = true})), -1);
  EXPECT_EQ(receptive_radius(graph, x, x * mean(x, {.w = true})), -1);
}

}  // namespace
}  // namespace imago

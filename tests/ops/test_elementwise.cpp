#include <gtest/gtest.h>

#include "compute/base/error.h"
#include "tests/ops/op_test.h"

namespace imago {
namespace {

TEST(Unary, MatchesReference) {
  const std::pair<const char*, std::function<Tensor(Tensor)>> functions[] = {
      {"affine", [](Tensor x) { return affine(x, 1.7f, -0.3f); }},
      {"leaky_relu", [](Tensor x) { return leaky_relu(x, 0.2f); }},
      {"relu", [](Tensor x) { return relu(x); }},
      {"tanh", [](Tensor x) { return tanh(x); }},
      {"sigmoid", [](Tensor x) { return sigmoid(x); }},
      {"square", [](Tensor x) { return square(x); }},
      {"clamp", [](Tensor x) { return clamp(x, -0.25f, 0.5f); }},
  };
  for (const auto& [name, function] : functions)
    for (const Shape& shape : {Shape{1, 1, 1, 1}, Shape{2, 3, 7, 5}, Shape{1, 7, 7, 90},
                               Shape{1, 3, 4, 5}, Shape{1, 5, 20, 53}})
      for (const float range : {1.0f, 0.01f, 30.0f})
        check_op({.name = std::string(name) + " " + to_string(shape) + " " + std::to_string(range),
                  .inputs = {shape},
                  .build = [&](auto& in) { return function(in[0]); },
                  .low = -range,
                  .high = range});
  check_op({.name = "rsqrt",
            .inputs = {{1, 3, 5, 7}},
            .build = [](auto& in) { return rsqrt(in[0]); },
            .low = 0.01f,
            .high = 4});
}

TEST(Binary, MatchesReferenceWithBroadcasting) {
  const std::pair<const char*, Tensor (*)(Tensor, Tensor)> functions[] = {
      {"add", &add}, {"sub", &sub}, {"mul", &mul}, {"div", &div}, {"prelu", &prelu}};
  const std::pair<Shape, Shape> shapes[] = {
      {{2, 3, 7, 5}, {2, 3, 7, 5}},
      {{2, 3, 7, 5}, {1, 3, 1, 1}},
      {{2, 3, 7, 5}, {1, 1, 1, 1}},
      {{2, 3, 7, 5}, {2, 3, 1, 1}},
      {{1, 7, 7, 90}, {1, 1, 7, 90}},
      {{4, 3, 3, 3}, {4, 1, 1, 1}},
      {{1, 1, 1, 1}, {1, 1, 1, 1}},
      {{1, 3, 4, 5}, {1, 3, 4, 5}},
      {{1, 5, 20, 53}, {1, 5, 20, 53}},
      // Planes of whole texels beside single elements, and planes repeated.
      {{2, 3, 4, 5}, {1, 3, 1, 1}},
      {{2, 3, 4, 5}, {2, 3, 1, 1}},
      {{2, 3, 4, 5}, {2, 1, 1, 1}},
      {{2, 3, 4, 5}, {1, 1, 1, 1}},
      {{2, 3, 4, 5}, {1, 3, 4, 5}},
      {{2, 3, 4, 5}, {2, 1, 4, 5}},
      {{2, 5, 20, 53}, {1, 5, 1, 1}}};
  for (const auto& [name, function] : functions)
    for (const auto& [a, b] : shapes) {
      const bool division = std::string(name) == "div";
      const auto build = function;
      check_op({.name = std::string(name) + " " + to_string(a) + " " + to_string(b),
                .inputs = {a, b},
                .build = [build](auto& in) { return build(in[0], in[1]); },
                .low = division ? 0.5f : -1.0f,
                .high = 2});
    }
  check_op({.name = "left side broadcast",
            .inputs = {{1, 3, 1, 1}, {2, 3, 4, 5}},
            .build = [](auto& in) { return sub(in[0], in[1]); }});
}

TEST(Binary, RefusesShapesThatDoNotBroadcast) {
  Graph graph;
  const Tensor a = graph.input("a", {1, 3, 4, 4}), b = graph.input("b", {1, 2, 4, 4});
  EXPECT_THROW(add(a, b), ShapeError);
  EXPECT_THROW(prelu(graph.input("c", {1, 1, 1, 1}), a), ShapeError);
}

}  // namespace
}  // namespace imago

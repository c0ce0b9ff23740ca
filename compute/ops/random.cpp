#include <cmath>
#include <numbers>

#include "compute/base/random.h"
#include "compute/graph/op.h"
#include "compute/ops/ops.h"
#include "compute/plan/lowering.h"

namespace imago {
namespace {

struct Random {
  Shape shape;
  uint32_t stream;
  bool normal;
};

Shape shape(std::span<const Shape>, const Attributes& attributes) {
  return attributes.as<Random>().shape;
}

void lower(Lowering& l, const Node& node) {
  const int64_t count = node.shape.elements();
  const auto [shape, stream, normal] = node.attributes.as<Random>();
  struct Push {
    uint32_t count, stream;
  };
  l.dispatch({.kernel = "random",
              .constants = {normal},
              .bindings = {l.output(), l.step_params()},
              .push = Push{static_cast<uint32_t>(count), stream},
              .groups = l.flat_groups((count + 3) / 4),
              .flops = static_cast<double>(count) * (normal ? 40 : 20)});
}

/// What a float holds of a word: a number in [0, 1).
double uniform(uint32_t word) { return std::ldexp(static_cast<double>(word >> 8), -24); }

/// Box & Muller 1958: two words make two numbers, `second` the other one.
double normal(uint32_t length, uint32_t angle, bool second) {
  const double radius = std::sqrt(-2 * std::log(1 - uniform(length)));
  const double turn = 2 * std::numbers::pi * uniform(angle);
  return radius * (second ? std::sin(turn) : std::cos(turn));
}

void reference(std::span<const HostArray* const>, const Attributes& attributes,
               const StepParams& step, HostArray& y) {
  const auto [shape, stream, is_normal] = attributes.as<Random>();
  for (size_t i = 0; i < y.values.size(); ++i) {
    const auto words = philox({static_cast<uint32_t>(i / 4), stream, step.step, 0},
                              {step.seed_low, step.seed_high});
    const size_t pair = i % 4 / 2 * 2;
    y.values[i] =
        is_normal ? normal(words[pair], words[pair + 1], i % 2 == 1) : uniform(words[i % 4]);
  }
}

const Op kRandomUniform = {
    .name = "random_uniform", .shape = shape, .lower = lower, .reference = reference};
const Op kRandomNormal = {
    .name = "random_normal", .shape = shape, .lower = lower, .reference = reference};

}  // namespace

Tensor random_uniform(Graph& graph, Shape shape) {
  return graph.add(kRandomUniform, {}, Random{shape, graph.next_random_stream(), false});
}

Tensor random_normal(Graph& graph, Shape shape) {
  return graph.add(kRandomNormal, {}, Random{shape, graph.next_random_stream(), true});
}

}  // namespace imago

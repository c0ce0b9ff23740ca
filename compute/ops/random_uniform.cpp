#include <cmath>

#include "compute/base/random.h"
#include "compute/graph/op.h"
#include "compute/ops/ops.h"
#include "compute/plan/lowering.h"

namespace imago {
namespace {

struct RandomUniform {
  Shape shape;
  uint32_t stream;
};

Shape shape(std::span<const Shape>, const Attributes& attributes) {
  return attributes.as<RandomUniform>().shape;
}

void lower(Lowering& l, const Node& node) {
  const int64_t count = node.shape.elements();
  struct Push {
    uint32_t count, stream;
  };
  l.dispatch(
      {.kernel = "random_uniform",
       .constants = {},
       .bindings = {l.output(), l.step_params()},
       .push = Push{static_cast<uint32_t>(count), node.attributes.as<RandomUniform>().stream},
       .groups = l.flat_groups((count + 3) / 4),
       .flops = static_cast<double>(count) * 20});
}

void reference(std::span<const HostArray* const>, const Attributes& attributes,
               const StepParams& step, HostArray& y) {
  const uint32_t stream = attributes.as<RandomUniform>().stream;
  for (size_t i = 0; i < y.values.size(); ++i) {
    const auto words = philox({static_cast<uint32_t>(i / 4), stream, step.step, 0},
                              {step.seed_low, step.seed_high});
    y.values[i] = std::ldexp(static_cast<double>(words[i % 4] >> 8), -24);  // what a float holds
  }
}

const Op kRandomUniform = {
    .name = "random_uniform", .shape = shape, .lower = lower, .reference = reference};

}  // namespace

Tensor random_uniform(Graph& graph, Shape shape) {
  return graph.add(kRandomUniform, {}, RandomUniform{shape, graph.next_random_stream()});
}

}  // namespace imago

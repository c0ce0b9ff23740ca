#include <cmath>

#include "compute/base/random.h"
#include "compute/graph/op.h"
#include "compute/ops/ops.h"
#include "compute/plan/lowering.h"

namespace imago {
namespace {

struct Dropout {
  float probability;
  uint32_t stream;

  /// An element is kept where its random word is at least this.
  uint32_t threshold() const {
    return static_cast<uint32_t>(std::ldexp(static_cast<double>(probability), 32));
  }
  float scale() const { return 1 / (1 - probability); }
};

Shape shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const float p = attributes.as<Dropout>().probability;
  if (!(p >= 0 && p < 1))
    throw_shape_error("dropout", "the probability must be at least 0 and below 1", inputs);
  return inputs[0];
}

void lower(Lowering& l, const Node& node) {
  const auto settings = node.attributes.as<Dropout>();
  const int64_t count = node.shape.elements();
  struct Push {
    uint32_t count, stream, threshold;
    float scale;
  };
  l.dispatch({.kernel = "dropout",
              .constants = {},
              .bindings = {l.input(0), l.output(), l.step_params()},
              .push = Push{static_cast<uint32_t>(count), settings.stream, settings.threshold(),
                           settings.scale()},
              .groups = l.flat_groups((count + 3) / 4),
              .flops = static_cast<double>(count) * 20});
}

void reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
               const StepParams& step, HostArray& y) {
  const auto settings = attributes.as<Dropout>();
  for (size_t i = 0; i < y.values.size(); ++i) {
    const auto words = philox({static_cast<uint32_t>(i / 4), settings.stream, step.step, 0},
                              {step.seed_low, step.seed_high});
    if (words[i % 4] >= settings.threshold())
      y.values[i] = inputs[0]->values[i] / (1 - static_cast<double>(settings.probability));
  }
}

std::vector<Tensor> grad(const Backward& b);

const Op kDropout = {.name = "dropout",
                     .shape = shape,
                     .lower = lower,
                     .reference = reference,
                     .grad = grad,
                     .types = type_of_first};

/// The same elements survive: the stream is among the attributes.
std::vector<Tensor> grad(const Backward& b) {
  return {b.dy.graph().add(kDropout, {b.dy}, b.attributes)};
}

}  // namespace

Tensor dropout(Tensor x, float probability) {
  return x.graph().add(kDropout, {x}, Dropout{probability, x.graph().next_random_stream()});
}

}  // namespace imago

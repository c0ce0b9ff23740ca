#include "compute/ops/unary.h"

#include <algorithm>
#include <cmath>

#include "compute/error.h"
#include "compute/lowering.h"
#include "compute/op.h"
#include "compute/ops.h"

namespace imago {

double apply(const UnarySettings& settings, double value) {
  switch (settings.operation) {
    case Unary::identity:
      return value;
    case Unary::affine:
      return settings.a * value + settings.b;
    case Unary::leaky_relu:
      return value > 0 ? value : settings.a * value;
    case Unary::tanh:
      return std::tanh(value);
    case Unary::sigmoid:
      return 1 / (1 + std::exp(-value));
    case Unary::square:
      return value * value;
    case Unary::rsqrt:
      return 1 / std::sqrt(value);
    case Unary::clamp:
      return std::clamp<double>(value, settings.a, settings.b);
  }
  return value;
}

namespace {

Shape shape(std::span<const Shape> inputs, const Attributes&) { return inputs[0]; }

void lower(Lowering& l, const Node& node) {
  const auto settings = node.attributes.as<UnarySettings>();
  const auto count = static_cast<uint32_t>(node.shape.elements());
  struct Push {
    uint32_t count;
    float a, b;
  };
  l.dispatch({.kernel = "unary",
              .constants = {static_cast<uint32_t>(settings.operation)},
              .bindings = {l.input(0), l.output()},
              .push = Push{count, settings.a, settings.b},
              .groups = l.flat_groups(count),
              .flops = static_cast<double>(count)});
}

void reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
               const StepParams&, HostArray& output) {
  const auto settings = attributes.as<UnarySettings>();
  std::transform(inputs[0]->values.begin(), inputs[0]->values.end(), output.values.begin(),
                 [&](double value) { return apply(settings, value); });
}

Tensor unary(Tensor x, Unary operation, float a = 0, float b = 0) {
  return x.graph().add(kUnary, {x}, UnarySettings{operation, a, b});
}

}  // namespace

const Op kUnary = {.name = "unary", .shape = shape, .lower = lower, .reference = reference};

Tensor affine(Tensor x, float scale, float shift) { return unary(x, Unary::affine, scale, shift); }
Tensor leaky_relu(Tensor x, float slope) { return unary(x, Unary::leaky_relu, slope); }
Tensor relu(Tensor x) { return leaky_relu(x, 0.0f); }
Tensor tanh(Tensor x) { return unary(x, Unary::tanh); }
Tensor sigmoid(Tensor x) { return unary(x, Unary::sigmoid); }
Tensor square(Tensor x) { return unary(x, Unary::square); }
Tensor rsqrt(Tensor x) { return unary(x, Unary::rsqrt); }
Tensor clamp(Tensor x, float lo, float hi) {
  if (!(lo <= hi)) throw ShapeError("clamp: the lower bound is above the upper");
  return unary(x, Unary::clamp, lo, hi);
}

}  // namespace imago

#include "compute/ops/unary.h"

#include <algorithm>
#include <cmath>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/ops/constant.h"
#include "compute/ops/ops.h"
#include "compute/ops/texels.h"
#include "compute/plan/lowering.h"

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
    case Unary::exp:
      return std::exp(value);
    case Unary::log:
      return std::log(value);
    case Unary::sqrt:
      return std::sqrt(value);
    case Unary::abs:
      return std::abs(value);
    case Unary::sign:
      return value > 0 ? 1 : value < 0 ? -1 : 0;
    case Unary::softplus:
      return std::max(value, 0.0) + std::log1p(std::exp(-std::abs(value)));
    case Unary::floor:
      return std::floor(value);
  }
  return value;
}

namespace {

Shape shape(std::span<const Shape> inputs, const Attributes&) { return inputs[0]; }

void lower(Lowering& l, const Node& node) {
  const auto settings = node.attributes.as<UnarySettings>();
  const int64_t count = node.shape.elements();
  const bool texels = prefers_flat_texels(l.device(), count);
  struct Push {
    uint32_t count;  // of texels, where it is those
    float a, b;
  };
  Binding x(l.input(0));
  x.texel4 = texels;
  l.dispatch(
      {.kernel = texels ? "unary_texel" : "unary",
       .constants = {static_cast<uint32_t>(settings.operation)},
       .bindings = {x, l.output()},
       .push = Push{static_cast<uint32_t>(texels ? count / 4 : count), settings.a, settings.b},
       .groups = texels ? texel_groups(l, count) : l.flat_fours(count),
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

std::vector<Tensor> grad(const Backward& b) {
  const auto settings = b.attributes.as<UnarySettings>();
  const Tensor x = b.x[0], y = b.y, dy = b.dy;
  switch (settings.operation) {
    case Unary::identity:
      return {dy};
    case Unary::affine:
      return {dy * settings.a};
    case Unary::leaky_relu:
      // By the sign of y where it is that of x, so that x itself need not be kept.
      return {leaky_relu_dx(dy, settings.a >= 0 ? y : x, settings.a)};
    case Unary::tanh:
      return {tanh_dx(dy, y)};
    case Unary::sigmoid:
      return {sigmoid_dx(dy, y)};
    case Unary::square:
      return {dy * x * 2.0f};
    case Unary::rsqrt:
      return {dy * y * square(y) * -0.5f};
    case Unary::clamp:
      return {clamp_dx(dy, x, settings.a, settings.b)};
    case Unary::exp:
      return {dy * y};
    case Unary::log:
      return {dy / x};
    case Unary::sqrt:
      return {dy / y * 0.5f};
    case Unary::abs:
      return {dy * sign(x)};
    case Unary::sign:
    case Unary::floor:
      return {Tensor()};
    case Unary::softplus:
      return {dy * sigmoid(x)};
  }
  return {};
}

}  // namespace

const Op kUnary = {.name = "unary",
                   .shape = shape,
                   .lower = lower,
                   .reference = reference,
                   .grad = grad,
                   .types = type_of_first};

Tensor affine(Tensor x, float scale, float shift) {
  if (scale == 1 && shift == 0) return x;
  if (const auto value = constant_value(x))
    return constant(x.graph(), x.shape(), scale * *value + shift);
  const Node& node = x.graph().node(x.id());
  if (const auto inner = node.attributes.as<UnarySettings>();
      node.op == &kUnary && inner.operation == Unary::affine && inner.b == 0)
    return unary({&x.graph(), node.inputs[0]}, Unary::affine, scale * inner.a, shift);
  return unary(x, Unary::affine, scale, shift);
}
Tensor leaky_relu(Tensor x, float slope) { return unary(x, Unary::leaky_relu, slope); }
Tensor relu(Tensor x) { return leaky_relu(x, 0.0f); }
Tensor tanh(Tensor x) { return unary(x, Unary::tanh); }
Tensor sigmoid(Tensor x) { return unary(x, Unary::sigmoid); }
Tensor square(Tensor x) { return unary(x, Unary::square); }
Tensor rsqrt(Tensor x) { return unary(x, Unary::rsqrt); }
Tensor exp(Tensor x) { return unary(x, Unary::exp); }
Tensor log(Tensor x) { return unary(x, Unary::log); }
Tensor sqrt(Tensor x) { return unary(x, Unary::sqrt); }
Tensor abs(Tensor x) { return unary(x, Unary::abs); }
Tensor sign(Tensor x) { return unary(x, Unary::sign); }
Tensor softplus(Tensor x) { return unary(x, Unary::softplus); }
Tensor floor(Tensor x) { return unary(x, Unary::floor); }
Tensor clamp(Tensor x, float lo, float hi) {
  if (!(lo <= hi)) throw ShapeError("clamp: the lower bound is above the upper");
  return unary(x, Unary::clamp, lo, hi);
}

}  // namespace imago

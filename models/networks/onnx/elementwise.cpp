// Operators that treat every number alike.
#include <algorithm>
#include <cmath>
#include <limits>

#include "models/networks/onnx/run.h"

namespace imago::onnx {
namespace {

/// The same function of every number, wherever its axes are.
std::vector<Value> mapped(Run& run, const OnnxNode& node, const std::function<Tensor(Tensor)>& f) {
  Value value = run.value(node, 0);
  if (value.folded) value = value_of(run.tensor(node, 0), value.folded->dims);
  value.tensor = f(value.tensor);
  return {value};
}

template <Tensor (*function)(Tensor)>
std::vector<Value> unary(Run& run, const OnnxNode& node) {
  return mapped(run, node, function);
}

Tensor negative(Tensor x) { return x * -1.0f; }
Tensor reciprocal(Tensor x) { return constant(x.graph(), {}, 1.0f) / x; }
Tensor mish(Tensor x) { return x * tanh(softplus(x)); }
Tensor silu(Tensor x) { return x * sigmoid(x); }
Tensor hard_swish(Tensor x) { return x * clamp(affine(x, 1.0f / 6, 0.5f), 0, 1); }
Tensor softsign(Tensor x) { return x / (abs(x) + 1.0f); }

std::vector<Value> leaky(Run& run, const OnnxNode& node) {
  const float slope = node.number("alpha", 0.01f);
  return mapped(run, node, [&](Tensor x) { return leaky_relu(x, slope); });
}

/// alpha * (exp(x) - 1) below zero.
std::vector<Value> elu(Run& run, const OnnxNode& node) {
  const float alpha = node.number("alpha", 1.0f);
  return mapped(run, node, [&](Tensor x) { return relu(x) + (exp(x - relu(x)) - 1.0f) * alpha; });
}

std::vector<Value> hard_sigmoid(Run& run, const OnnxNode& node) {
  const float scale = node.number("alpha", 0.2f), shift = node.number("beta", 0.5f);
  return mapped(run, node, [&](Tensor x) { return clamp(affine(x, scale, shift), 0, 1); });
}

std::vector<Value> clip(Run& run, const OnnxNode& node) {
  constexpr float kMost = std::numeric_limits<float>::max();
  float low = node.number("min", -kMost), high = node.number("max", kMost);
  if (run.opset() >= 11) {
    low = static_cast<float>(run.number(node, 1, -kMost));
    high = static_cast<float>(run.number(node, 2, kMost));
  }
  return mapped(run, node, [&](Tensor x) { return clamp(x, low, high); });
}

std::vector<Value> same(Run& run, const OnnxNode& node) { return {run.value(node, 0)}; }

/// `other`, a weight or a tensor in order, with its axes where those of `like` are in memory: only
/// if no more than one of its sides is not 1.
Tensor arranged(Run& run, const OnnxNode& node, size_t input, const Value& like) {
  const Value& other = run.value(node, input);
  const Tensor t = run.tensor(node, input);
  const Dims seen = other.seen();
  if (seen.size() > like.order.size()) Run::refuse("adds axes to a transposed tensor");
  Dims dims(like.order.size(), 1);
  const size_t missing = dims.size() - seen.size();
  int sides = 0;
  for (size_t i = 0; i < seen.size(); ++i) {
    dims[static_cast<size_t>(like.order[missing + i])] = seen[i];
    sides += seen[i] != 1;
  }
  if (sides > 1) Run::refuse("combines a transposed tensor with one that is not");
  return reshape(t, shape_of(dims));
}

bool is_number(const Value& value) { return value.folded && value.folded->values.size() == 1; }

using Combine = Tensor (*)(Tensor, Tensor);

/// Broadcasting by numpy's rule: dimensions are matched from the right.
std::vector<Value> combined(Run& run, const OnnxNode& node, Combine f) {
  const Value &a = run.value(node, 0), &b = run.value(node, 1);
  const bool odd_a = !a.folded && !a.in_order(), odd_b = !b.folded && !b.in_order();
  if (odd_a || odd_b) {
    const Value& like = odd_a ? a : b;
    const bool alike = odd_a && odd_b && a.order == b.order && a.dims == b.dims;
    if (odd_a && odd_b && !alike) Run::refuse("combines tensors that are transposed differently");
    const Shape shape = shape_of(like.dims);
    const Tensor base = reshape(like.tensor, shape);
    const Tensor other =
        alike ? reshape(b.tensor, shape) : arranged(run, node, odd_a ? 1 : 0, like);
    Value result = like;
    result.tensor = odd_a ? f(base, other) : f(other, base);
    if (result.tensor.shape() != shape) Run::refuse("adds axes to a transposed tensor");
    return {result};
  }
  const Tensor y = f(run.tensor(node, 0), run.tensor(node, 1));
  const size_t rank = std::max(a.seen().size(), b.seen().size());
  const Shape s = y.shape();
  const Dims all = {s.n, s.c, s.h, s.w};
  return {value_of(y, Dims(all.end() - static_cast<std::ptrdiff_t>(rank), all.end()))};
}

/// One of the two is a plain number, which needs no tensor.
std::vector<Value> scaled(Run& run, const OnnxNode& node, size_t tensor, float scale, float shift) {
  Value value = run.value(node, tensor);
  value.tensor = affine(value.tensor, scale, shift);
  return {value};
}

std::optional<float> plain(Run& run, const OnnxNode& node, size_t input) {
  const Value& value = run.value(node, input);
  const Value& other = run.value(node, 1 - input);
  if (!is_number(value) || other.folded) return std::nullopt;
  if (value.folded->dims.size() > other.dims.size()) return std::nullopt;
  return static_cast<float>(value.folded->values[0]);
}

std::vector<Value> add_op(Run& run, const OnnxNode& node) {
  for (const size_t i : {0, 1})
    if (const auto c = plain(run, node, i)) return scaled(run, node, 1 - i, 1, *c);
  return combined(run, node, &add);
}

std::vector<Value> sub_op(Run& run, const OnnxNode& node) {
  if (const auto c = plain(run, node, 1)) return scaled(run, node, 0, 1, -*c);
  if (const auto c = plain(run, node, 0)) return scaled(run, node, 1, -1, *c);
  return combined(run, node, &sub);
}

std::vector<Value> mul_op(Run& run, const OnnxNode& node) {
  for (const size_t i : {0, 1})
    if (const auto c = plain(run, node, i)) return scaled(run, node, 1 - i, *c, 0);
  return combined(run, node, &mul);
}

std::vector<Value> div_op(Run& run, const OnnxNode& node) {
  if (const auto c = plain(run, node, 1)) return scaled(run, node, 0, 1.0f / *c, 0);
  return combined(run, node, &div);
}

Tensor larger(Tensor a, Tensor b) { return relu(a - b) + b; }
Tensor smaller(Tensor a, Tensor b) { return b - relu(b - a); }

std::vector<Value> max_op(Run& run, const OnnxNode& node) {
  if (node.inputs.size() != 2) Run::refuse("takes two inputs only");
  return combined(run, node, &larger);
}

std::vector<Value> min_op(Run& run, const OnnxNode& node) {
  if (node.inputs.size() != 2) Run::refuse("takes two inputs only");
  return combined(run, node, &smaller);
}

std::vector<Value> sum_op(Run& run, const OnnxNode& node) {
  Tensor y = run.tensor(node, 0);
  for (size_t i = 1; i < node.inputs.size(); ++i) y = y + run.tensor(node, i);
  const Shape s = y.shape();
  const Dims all = {s.n, s.c, s.h, s.w};
  const size_t rank = run.value(node, 0).seen().size();
  return {value_of(y, Dims(all.end() - static_cast<std::ptrdiff_t>(rank), all.end()))};
}

std::vector<Value> power(Run& run, const OnnxNode& node) {
  const double exponent = run.number(node, 1, 1);
  if (exponent == 1) return same(run, node);
  if (exponent == 2) return unary<square>(run, node);
  if (exponent == 0.5) return unary<sqrt>(run, node);
  if (exponent == -0.5) return unary<rsqrt>(run, node);
  if (exponent == -1) return unary<reciprocal>(run, node);
  if (exponent == 3) return mapped(run, node, [](Tensor x) { return square(x) * x; });
  Run::refuse("has the exponent " + std::to_string(exponent) + ", which Imago does not know");
}

/// The slope broadcasts to the right from opset 7 on: {C, 1, 1}, or a single number.
std::vector<Value> prelu_op(Run& run, const OnnxNode& node) {
  const Tensor x = run.picture(node, 0);
  const Value& slope = run.value(node, 1);
  const Dims seen = slope.seen();
  const bool single = elements_of(seen) == 1;
  if (!single && (seen.size() < 3 || seen[seen.size() - 3] != elements_of(seen)))
    Run::refuse("has slopes that are not one per channel");
  if (slope.folded) {
    if (single) return {value_of(leaky_relu(x, static_cast<float>(slope.folded->values[0])))};
    return {value_of(prelu(x, run.channels(node, 1)))};
  }
  return {value_of(prelu(x, run.channels(node, 1)))};
}

}  // namespace

const Operators& elementwise_operators() {
  static const Operators table = {{"Relu", unary<relu>},
                                  {"Tanh", unary<tanh>},
                                  {"Sigmoid", unary<sigmoid>},
                                  {"Exp", unary<exp>},
                                  {"Log", unary<log>},
                                  {"Sqrt", unary<sqrt>},
                                  {"Abs", unary<abs>},
                                  {"Sign", unary<sign>},
                                  {"Softplus", unary<softplus>},
                                  {"Softsign", unary<softsign>},
                                  {"Neg", unary<negative>},
                                  {"Reciprocal", unary<reciprocal>},
                                  {"Mish", unary<mish>},
                                  {"Swish", unary<silu>},
                                  {"HardSwish", unary<hard_swish>},
                                  {"LeakyRelu", leaky},
                                  {"Elu", elu},
                                  {"HardSigmoid", hard_sigmoid},
                                  {"Clip", clip},
                                  {"Identity", same},
                                  {"Cast", same},
                                  {"Dropout", same},
                                  {"Add", add_op},
                                  {"Sub", sub_op},
                                  {"Mul", mul_op},
                                  {"Div", div_op},
                                  {"Max", max_op},
                                  {"Min", min_op},
                                  {"Sum", sum_op},
                                  {"Pow", power},
                                  {"PRelu", prelu_op}};
  return table;
}

}  // namespace imago::onnx

#include "compute/plan/half.h"

#include <algorithm>
#include <map>

#include "compute/graph/op.h"
#include "compute/ops/binary.h"
#include "compute/ops/conv2d.h"
#include "compute/ops/convert.h"
#include "compute/ops/square_sums.h"
#include "compute/ops/unary.h"
#include "compute/ops/update.h"

namespace imago {
namespace {

/// By node: whether nobody reads it but the host and ops that take fp32 alone.
std::vector<bool> results(const Graph& graph) {
  std::vector<bool> result(graph.nodes().size(), false);
  for (const auto& output : graph.outputs()) result[static_cast<size_t>(output.node)] = true;
  for (const bool typed : {false, true})
    for (const Node& node : graph.nodes())
      for (const int input : node.inputs)
        if ((node.op->types != nullptr) == typed) result[static_cast<size_t>(input)] = !typed;
  return result;
}

/// By node: whether it is a parameter or computed from parameters alone.
std::vector<bool> fixed(const Graph& graph) {
  std::vector<bool> result;
  for (const Node& node : graph.nodes()) {
    const bool parameter = node.op == &kParameter || node.op->memory == Op::Memory::update;
    result.push_back(parameter ||
                     (node.op != &kInput && std::ranges::all_of(node.inputs, [&](int input) {
                        return result[static_cast<size_t>(input)];
                      })));
  }
  return result;
}

bool is_convolution(const Op* op) {
  return op == &kConv2d || op == &kConv2dDx || op == &kConvFused;
}

/// What losses are made of, where a rounded number soon leaves what fp16 holds.
bool is_delicate(const Node& node) {
  if (node.op != &kUnary) return false;
  switch (node.attributes.as<UnarySettings>().operation) {
    case Unary::square:
    case Unary::rsqrt:
    case Unary::exp:
    case Unary::log:
    case Unary::sqrt:
    case Unary::softplus:
      return true;
    default:
      return false;
  }
}

class HalfStorage {
 public:
  HalfStorage(const Graph& source, Graph& target)
      : source_(source),
        target_(target),
        trains_(!source.updates().empty()),
        results_(results(source)),
        fixed_(fixed(source)) {}

  void run() {
    for (const Node& node : source_.nodes()) copies_.push_back(copy(node));
    for (const auto& output : source_.outputs())
      target_.output(output.name, as(copies_[static_cast<size_t>(output.node)], NumberType::fp32));
  }

 private:
  Tensor copy(const Node& node) {
    if (node.op == &kInput) return target_.input(node.name, node.shape);
    if (node.op == &kParameter)
      return target_.parameter(node.name, node.shape, {},
                               trains_ ? NumberType::fp32 : half_type_of(node.shape));
    if (node.op->memory == Op::Memory::update) return update(node);
    std::vector<Tensor> inputs;
    std::vector<NumberType> types;
    for (const int input : node.inputs) {
      inputs.push_back(copies_[static_cast<size_t>(input)]);
      const bool given = source_.node(input).op == &kInput;
      types.push_back(given ? half_type_of(inputs.back().shape()) : inputs.back().type());
    }
    // What is looked at is what was computed with: rounded to fp16 it may be finite no more.
    if (node.op == &kSquareSums && converted_.contains(inputs[0].id()))
      types[0] = converted_.at(inputs[0].id()).type();
    const NumberType made = choose(node, types);
    for (size_t i = 0; i < inputs.size(); ++i) inputs[i] = as(inputs[i], types[i]);
    return target_.add(*node.op, inputs, node.attributes, made);
  }

  /// How the inputs are to be stored, given how they are, and the result.
  NumberType choose(const Node& node, std::vector<NumberType>& types) const {
    const size_t id = copies_.size();
    NumberType made = results_[id] ? NumberType::fp32 : NumberType::fp16;
    const NumberType first = types.empty() ? NumberType::fp32 : types[0];
    const bool has_kernels = node.op->types && !(trains_ && stays_single(node, id, first));
    if (!has_kernels) {
      types.assign(types.size(), NumberType::fp32);
      return NumberType::fp32;
    }
    const NumberType weights = types.size() > 1 ? types[1] : first;
    node.op->types(node.attributes, types, made);
    if (trains_ && is_convolution(node.op)) types[1] = weights;
    return made;
  }

  /// Of a graph that trains. The last: a number of a loss that meets a picture, which may be too
  /// large for fp16 as yet.
  bool stays_single(const Node& node, size_t id, NumberType first) const {
    return fixed_[id] || is_delicate(node) ||
           (node.op == &kBinary && first == NumberType::fp32 &&
            source_.node(node.inputs[0]).shape != node.shape);
  }

  Tensor update(const Node& node) {
    std::vector<Tensor> inputs;
    for (const int input : node.inputs)
      inputs.push_back(as(copies_[static_cast<size_t>(input)], NumberType::fp32));
    auto settings = node.attributes.as<UpdateSettings>();
    if (settings.kind == Update::average) settings.kind = Update::average_of_finite;
    return target_.update(*node.op, inputs, settings);
  }

  Tensor as(Tensor x, NumberType type) {
    if (x.type() == type) return x;
    Tensor& converted = converted_[x.id()];
    if (!converted) converted = convert(x, type);
    return converted;
  }

  const Graph& source_;
  Graph& target_;
  const bool trains_;
  const std::vector<bool> results_, fixed_;
  std::vector<Tensor> copies_;       // by source node
  std::map<int, Tensor> converted_;  // by target node
};

}  // namespace

NumberType half_type_of(const Shape& shape) {
  const bool vector = shape.n == 1 && shape.h == 1 && shape.w == 1;
  return vector ? NumberType::fp32 : NumberType::fp16;
}

void store_in_half(const Graph& source, Graph& target) { HalfStorage(source, target).run(); }

}  // namespace imago

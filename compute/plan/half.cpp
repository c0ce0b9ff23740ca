#include "compute/plan/half.h"

#include <map>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/ops/convert.h"

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

class HalfStorage {
 public:
  HalfStorage(const Graph& source, Graph& target)
      : source_(source), target_(target), results_(results(source)) {}

  void run() {
    for (const Node& node : source_.nodes()) copies_.push_back(copy(node));
    for (const auto& output : source_.outputs())
      target_.output(output.name, as(copies_[static_cast<size_t>(output.node)], NumberType::fp32));
  }

 private:
  Tensor copy(const Node& node) {
    if (node.op == &kInput) return target_.input(node.name, node.shape);
    if (node.op == &kParameter)
      return target_.parameter(node.name, node.shape, {}, half_type_of(node.shape));
    if (node.op->memory == Op::Memory::update)
      throw Error(std::string(node.op->name) + ": training stores its numbers in fp32");
    std::vector<Tensor> inputs;
    std::vector<NumberType> types;
    for (const int input : node.inputs) {
      inputs.push_back(copies_[static_cast<size_t>(input)]);
      const bool given = source_.node(input).op == &kInput;
      types.push_back(given ? half_type_of(inputs.back().shape()) : inputs.back().type());
    }
    const bool result = results_[copies_.size()];
    NumberType made = result ? NumberType::fp32 : NumberType::fp16;
    if (node.op->types) {
      node.op->types(node.attributes, types, made);
    } else {
      types.assign(types.size(), NumberType::fp32);
      made = NumberType::fp32;
    }
    for (size_t i = 0; i < inputs.size(); ++i) inputs[i] = as(inputs[i], types[i]);
    return target_.add(*node.op, inputs, node.attributes, made);
  }

  Tensor as(Tensor x, NumberType type) {
    if (x.type() == type) return x;
    Tensor& converted = converted_[x.id()];
    if (!converted) converted = convert(x, type);
    return converted;
  }

  const Graph& source_;
  Graph& target_;
  const std::vector<bool> results_;
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

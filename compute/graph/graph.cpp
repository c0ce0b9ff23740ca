#include "compute/graph/graph.h"

#include <algorithm>

#include "compute/base/error.h"
#include "compute/graph/op.h"

namespace imago {

const Op kInput = {.name = "input", .shape = nullptr, .lower = nullptr, .reference = nullptr};
const Op kParameter = {
    .name = "parameter", .shape = nullptr, .lower = nullptr, .reference = nullptr};

void type_of_first(const Attributes&, std::span<NumberType> inputs, NumberType& output) {
  output = inputs[0];
}

void throw_shape_error(const char* op, const std::string& what, std::span<const Shape> inputs) {
  std::string message = std::string(op) + ": " + what + " (inputs:";
  for (const Shape& shape : inputs) message += " " + to_string(shape);
  throw ShapeError(message + ")");
}

Shape Tensor::shape() const { return graph_->node(id_).shape; }
NumberType Tensor::type() const { return graph_->node(id_).type; }

Tensor Graph::input(const std::string& name, Shape shape) {
  nodes_.push_back({&kInput, shape, {}, {}, name, NumberType::fp32});
  return {this, static_cast<int>(nodes_.size()) - 1};
}

Tensor Graph::parameter(const std::string& name, Shape shape, InitialValue initial,
                        NumberType type) {
  const auto [found, added] = parameters_.try_emplace(name, static_cast<int>(nodes_.size()));
  if (!added) {
    if (node(found->second).shape != shape)
      throw ShapeError("parameter " + name + " is asked for as " + to_string(shape) +
                       " but was made as " + to_string(node(found->second).shape));
    return {this, found->second};
  }
  nodes_.push_back({&kParameter, shape, {}, initial, name, type});
  return {this, found->second};
}

Tensor Graph::update(const Op& op, const std::vector<Tensor>& inputs,
                     const Attributes& attributes) {
  const auto current = std::find_if(parameters_.begin(), parameters_.end(), [&](const auto& p) {
    return !inputs.empty() && p.second == inputs[0].id();
  });
  if (op.memory != Op::Memory::update || current == parameters_.end())
    throw ShapeError(std::string(op.name) + ": only a parameter can be updated");
  const Tensor updated = add(op, inputs, attributes);
  updates_.push_back(updated.id());
  superseded_.insert(current->second);
  for (int id = current->second; id < updated.id(); ++id)  // and what shares its memory
    if (node(id).op->memory == Op::Memory::view && is_superseded(node(id).inputs[0]))
      superseded_.insert(id);
  current->second = updated.id();
  return updated;
}

std::string Graph::parameter_name(Tensor tensor) const {
  for (int id = tensor.id();; id = node(id).inputs[0]) {
    if (node(id).op == &kParameter) return node(id).name;
    if (node(id).op->memory != Op::Memory::update) return "";
  }
}

void Graph::output(const std::string& name, Tensor tensor) {
  outputs_.push_back({name, tensor.id()});
}

Tensor Graph::add(const Op& op, const std::vector<Tensor>& inputs, const Attributes& attributes,
                  NumberType type) {
  std::vector<Shape> shapes;
  std::vector<int> ids;
  for (const Tensor& input : inputs) {
    if (!input || &input.graph() != this)
      throw ShapeError(std::string(op.name) + ": an input belongs to another graph or to none");
    if (is_superseded(input.id()))
      throw ShapeError(std::string(op.name) +
                       ": reads a parameter from before its update; ask the graph for it again");
    shapes.push_back(input.shape());
    ids.push_back(input.id());
  }
  const Shape shape = op.shape(shapes, attributes);
  for (int axis = 0; axis < 4; ++axis)
    if (shape[axis] <= 0) throw_shape_error(op.name, "the result would be empty", shapes);
  nodes_.push_back({&op, shape, std::move(ids), attributes, "", type});
  return {this, static_cast<int>(nodes_.size()) - 1};
}

}  // namespace imago

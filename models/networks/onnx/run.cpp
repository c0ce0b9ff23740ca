#include "models/networks/onnx/run.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "compute/base/error.h"

namespace imago::onnx {
namespace {

// Far beyond any picture, far below what could overflow.
constexpr int64_t kLargestSide = int64_t{1} << 20;
constexpr int64_t kMostElements = int64_t{1} << 36;

void check_size(const Value& value) {
  int64_t elements = 1;
  for (const int64_t side : value.dims) {
    if (side < 1 || side > kLargestSide || elements > kMostElements / std::max<int64_t>(side, 1))
      Run::refuse("makes more numbers than any picture has");
    elements *= side;
  }
}

std::vector<int> identity_order(size_t rank) {
  std::vector<int> order(rank);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

}  // namespace

bool Value::in_order() const { return std::is_sorted(order.begin(), order.end()); }

Dims Value::seen() const {
  if (folded) return folded->dims;
  Dims result(order.size());
  for (size_t i = 0; i < order.size(); ++i) result[i] = dims[static_cast<size_t>(order[i])];
  return result;
}

Value value_of(Tensor tensor, Dims dims) {
  Value value;
  value.tensor = tensor;
  value.order = identity_order(dims.size());
  value.dims = std::move(dims);
  return value;
}

Value value_of(Tensor tensor) {
  const Shape s = tensor.shape();
  return value_of(tensor, {s.n, s.c, s.h, s.w});
}

Value value_of(Folded folded) {
  Value value;
  value.folded = std::make_shared<const Folded>(std::move(folded));
  return value;
}

Shape shape_of(const Dims& dims) {
  if (dims.size() > 4)
    Run::refuse("takes a tensor of " + std::to_string(dims.size()) + " dimensions");
  Shape shape;
  for (size_t i = 0; i < dims.size(); ++i) shape[static_cast<int>(4 - dims.size() + i)] = dims[i];
  return shape;
}

int64_t elements_of(const Dims& dims) {
  return std::accumulate(dims.begin(), dims.end(), int64_t{1}, std::multiplies<>());
}

int axis_of(int64_t axis, size_t rank) {
  const auto count = static_cast<int64_t>(rank);
  if (axis < -count || axis >= count)
    Run::refuse("names axis " + std::to_string(axis) + " of a tensor of " + std::to_string(rank) +
                " dimensions");
  return static_cast<int>(axis < 0 ? axis + count : axis);
}

std::vector<int64_t> list_of(Run& run, const OnnxNode& node, const char* attribute, size_t input,
                             int64_t since) {
  if (run.opset() < since) return node.integers(attribute);
  return run.has(node, input) ? run.integers(node, input) : std::vector<int64_t>();
}

const Operator* find_operator(const std::string& op_type) {
  for (const Operators* operators :
       {&elementwise_operators(), &layer_operators(), &resize_operators(), &moving_operators()})
    if (const auto found = operators->find(op_type); found != operators->end())
      return &found->second;
  return nullptr;
}

void Run::refuse(const std::string& why) { throw Error(why); }

bool Run::has(const OnnxNode& node, size_t input) const {
  return input < node.inputs.size() && !node.inputs[input].empty();
}

const Value& Run::value(const OnnxNode& node, size_t input) const {
  if (!has(node, input)) refuse("lacks input " + std::to_string(input));
  const auto found = values_.find(node.inputs[input]);
  if (found == values_.end()) refuse("uses \"" + node.inputs[input] + "\", which nothing makes");
  return found->second;
}

const Folded& Run::numbers(const OnnxNode& node, size_t input) const {
  const Value& v = value(node, input);
  if (!v.folded)
    refuse("takes input " + std::to_string(input) + " from the picture; Imago needs it constant");
  return *v.folded;
}

std::vector<int64_t> Run::integers(const OnnxNode& node, size_t input) const {
  std::vector<int64_t> result;
  for (const double number : numbers(node, input).values) {
    // "To the end" is written as the largest integer there is.
    constexpr double kMost = 4e18;
    result.push_back(static_cast<int64_t>(std::clamp(number, -kMost, kMost)));
  }
  return result;
}

double Run::number(const OnnxNode& node, size_t input, double otherwise) const {
  if (!has(node, input)) return otherwise;
  const Folded& folded = numbers(node, input);
  if (folded.values.size() != 1) refuse("takes one number as input " + std::to_string(input));
  return folded.values[0];
}

Tensor Run::tensor(const OnnxNode& node, size_t input) {
  const Value& v = value(node, input);
  if (v.folded) {
    const Folded& numbers = *v.folded;
    const bool even = std::adjacent_find(numbers.values.begin(), numbers.values.end(),
                                         std::not_equal_to<>()) == numbers.values.end();
    if (network_.parameters.contains(node.inputs[input])) return parameter(node.inputs[input]);
    if (!even || numbers.values.empty())
      refuse("mixes numbers that were computed from sizes with the picture");
    return constant(graph_, shape_of(numbers.dims), static_cast<float>(numbers.values[0]));
  }
  if (!v.in_order()) refuse("takes a transposed tensor, which Imago cannot give it");
  const Shape wanted = shape_of(v.dims);
  return v.tensor.shape() == wanted ? v.tensor : reshape(v.tensor, wanted);
}

Tensor Run::picture(const OnnxNode& node, size_t input) {
  const Value& v = value(node, input);
  if (const size_t rank = v.seen().size(); rank != 4)
    refuse("takes a tensor of " + std::to_string(rank) + " dimensions, not a picture");
  return tensor(node, input);
}

Tensor Run::channels(const OnnxNode& node, size_t input) {
  const Value& v = value(node, input);
  Tensor t = v.folded ? tensor(node, input) : v.tensor;
  const Shape s = t.shape();
  const Shape wanted = {1, s.elements(), 1, 1};
  return s == wanted ? t : reshape(t, wanted);
}

Tensor Run::parameter(const std::string& name) {
  const Shape shape = network_.parameters.at(name);
  const bool matrix = network_.weight_dims.at(name).size() == 4;
  const InitialValue initial = {matrix ? InitialValue::Kind::weight : InitialValue::Kind::constant,
                                0};
  return graph_.parameter(options_.prefix + name, shape, initial);
}

Value Run::initial(const std::string& name) {
  if (const auto found = network_.constants.find(name); found != network_.constants.end())
    return value_of(found->second);
  if (!network_.parameters.contains(name))
    refuse("takes \"" + name + "\", which has too many dimensions or numbers");
  return value_of(parameter(name), network_.weight_dims.at(name));
}

void Run::run_node(const OnnxNode& node) {
  std::vector<const Folded*> folded;
  bool all = true;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (has(node, i) && !values_.contains(node.inputs[i]))
      values_.emplace(node.inputs[i], initial(node.inputs[i]));
    const Folded* numbers = has(node, i) ? value(node, i).folded.get() : nullptr;
    folded.push_back(numbers);
    all = all && (numbers || !has(node, i));
  }
  std::vector<Value> made;
  if (all && can_fold(node.op_type)) {
    for (Folded& result : fold(node, folded, opset())) made.push_back(value_of(std::move(result)));
  } else if (const Operator* known = find_operator(node.op_type)) {
    made = (*known)(*this, node);
  } else {
    refuse("cannot be computed from the picture");
  }
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i].empty()) continue;
    if (i >= made.size()) {
      if (node.op_type == "Dropout" || node.op_type == "BatchNormalization") break;  // not used
      refuse("has more outputs than Imago makes");
    }
    if (!made[i].folded) check_size(made[i]);
    values_.insert_or_assign(node.outputs[i], std::move(made[i]));
  }
}

Tensor Run::operator()(Tensor x) {
  const OnnxModel& model = network_.model;
  values_.clear();
  values_.emplace(model.inputs[0].name, value_of(x));
  fixed_factors = network_.fixed_factors;
  for (index_ = 0; index_ < model.nodes.size(); ++index_) {
    const OnnxNode& node = model.nodes[index_];
    try {
      run_node(node);
    } catch (const Error& error) {
      throw Error("node " + (node.name.empty() ? std::to_string(index_) : "\"" + node.name + "\"") +
                  " (" + node.op_type + "): " + error.what());
    }
  }
  const std::string& output = model.outputs[0].name;
  const auto found = values_.find(output);
  if (found == values_.end() || found->second.folded || !found->second.in_order() ||
      found->second.dims.size() != 4)
    throw Error("the network's output \"" + output + "\" is no picture of four dimensions");
  const Shape shape = shape_of(found->second.dims);
  const Tensor y = found->second.tensor;
  return y.shape() == shape ? y : reshape(y, shape);
}

}  // namespace imago::onnx

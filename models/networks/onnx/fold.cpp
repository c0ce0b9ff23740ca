// Arithmetic on sizes, as numpy would do it. Integers are held in doubles, exactly.
#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "compute/base/error.h"
#include "models/networks/onnx/run.h"

namespace imago::onnx {
namespace {

using Inputs = std::vector<const Folded*>;

const Folded& input(const Inputs& inputs, size_t i) {
  if (i >= inputs.size() || !inputs[i]) Run::refuse("lacks input " + std::to_string(i));
  return *inputs[i];
}

Folded sized(Folded folded) {
  for (const int64_t side : folded.dims)
    if (side < 0 || side > kMostFolded) Run::refuse("computes with too many numbers");
  if (elements_of(folded.dims) > kMostFolded) Run::refuse("computes with too many numbers");
  return folded;
}

Folded list(std::vector<int64_t> values) {
  Folded folded{{static_cast<int64_t>(values.size())}, {}, true};
  folded.values.assign(values.begin(), values.end());
  return folded;
}

std::vector<int64_t> integers(const Folded& folded) {
  std::vector<int64_t> result;
  for (const double v : folded.values)
    result.push_back(static_cast<int64_t>(std::clamp(v, -4e18, 4e18)));
  return result;
}

/// Steps of each axis in a dense array.
Dims strides_of(const Dims& dims) {
  Dims strides(dims.size(), 1);
  for (size_t i = dims.size(); i-- > 1;) strides[i - 1] = strides[i] * dims[i];
  return strides;
}

/// The array of `dims` whose element at `index` is `element(index)`.
Folded made_by(const Folded& like, Dims dims, const std::function<double(const Dims&)>& element) {
  Folded result = sized({std::move(dims), {}, like.integer});
  const int64_t count = elements_of(result.dims);
  Dims index(result.dims.size(), 0);
  for (int64_t i = 0; i < count; ++i) {
    result.values.push_back(element(index));
    for (size_t axis = index.size(); axis-- > 0;) {
      if (++index[axis] < result.dims[axis]) break;
      index[axis] = 0;
    }
  }
  return result;
}

double at(const Folded& from, const Dims& index) {
  const Dims strides = strides_of(from.dims);
  int64_t offset = 0;
  for (size_t i = 0; i < index.size(); ++i) offset += index[i] * strides[i];
  return from.values.at(static_cast<size_t>(offset));
}

Dims broadcast_dims(const Dims& a, const Dims& b) {
  Dims result(std::max(a.size(), b.size()), 1);
  for (size_t i = 0; i < result.size(); ++i) {
    const auto side = [&](const Dims& dims) {
      return i < dims.size() ? dims[dims.size() - 1 - i] : 1;
    };
    const int64_t x = side(a), y = side(b);
    if (x != y && x != 1 && y != 1) Run::refuse("gets shapes that do not fit together");
    result[result.size() - 1 - i] = x == 1 ? y : x;
  }
  return result;
}

double broadcast_at(const Folded& from, const Dims& index) {
  Dims own(from.dims.size());
  for (size_t i = 0; i < own.size(); ++i)
    own[i] = from.dims[i] == 1 ? 0 : index[index.size() - own.size() + i];
  return at(from, own);
}

double divided(double a, double b, bool integer) {
  if (integer && b == 0) Run::refuse("divides by zero");
  return integer ? std::trunc(a / b) : a / b;
}

double modulo(double a, double b) {
  if (b == 0) Run::refuse("divides by zero");
  return a - b * std::floor(a / b);
}

using Binary = double (*)(double, double);
const std::map<std::string, Binary>& binaries() {
  static const std::map<std::string, Binary> table = {
      {"Add", [](double a, double b) { return a + b; }},
      {"Sub", [](double a, double b) { return a - b; }},
      {"Mul", [](double a, double b) { return a * b; }},
      {"Pow", [](double a, double b) { return std::pow(a, b); }},
      {"Mod", modulo},
      {"Min", [](double a, double b) { return std::min(a, b); }},
      {"Max", [](double a, double b) { return std::max(a, b); }},
      {"Equal", [](double a, double b) { return double(a == b); }},
      {"Less", [](double a, double b) { return double(a < b); }},
      {"LessOrEqual", [](double a, double b) { return double(a <= b); }},
      {"Greater", [](double a, double b) { return double(a > b); }},
      {"GreaterOrEqual", [](double a, double b) { return double(a >= b); }},
      {"And", [](double a, double b) { return double(a != 0 && b != 0); }},
      {"Or", [](double a, double b) { return double(a != 0 || b != 0); }}};
  return table;
}

using Unary = double (*)(double);
const std::map<std::string, Unary>& unaries() {
  static const std::map<std::string, Unary> table = {
      {"Floor", [](double a) { return std::floor(a); }},
      {"Ceil", [](double a) { return std::ceil(a); }},
      {"Round", [](double a) { return std::nearbyint(a); }},
      {"Neg", [](double a) { return -a; }},
      {"Abs", [](double a) { return std::abs(a); }},
      {"Sqrt", [](double a) { return std::sqrt(a); }},
      {"Reciprocal", [](double a) { return 1 / a; }},
      {"Not", [](double a) { return double(a == 0); }},
      {"Identity", [](double a) { return a; }}};
  return table;
}

Folded binary(const OnnxNode& node, const Inputs& inputs) {
  const Folded &a = input(inputs, 0), &b = input(inputs, 1);
  Folded result = made_by(a, broadcast_dims(a.dims, b.dims), [&](const Dims& index) {
    const double x = broadcast_at(a, index), y = broadcast_at(b, index);
    return node.op_type == "Div" ? divided(x, y, a.integer && b.integer)
                                 : binaries().at(node.op_type)(x, y);
  });
  result.integer = a.integer && b.integer;
  return result;
}

Folded cast(const OnnxNode& node, const Inputs& inputs) {
  Folded result = input(inputs, 0);
  enum : int64_t { kFloat = 1, kBool = 9, kHalf = 10, kDouble = 11, kBfloat = 16 };
  const int64_t to = node.integer("to", kFloat);
  result.integer = to != kFloat && to != kHalf && to != kDouble && to != kBfloat;
  for (double& value : result.values) {
    if (to == kBool)
      value = value != 0;
    else if (result.integer)
      value = std::trunc(value);
  }
  return result;
}

Folded constant_of(const OnnxNode& node) {
  if (const OnnxAttribute* a = node.find("value"); a && a->t) {
    Folded result{a->t->value.shape, {}, true};
    sized(result);
    const DType type = a->t->value.type;
    result.integer =
        type != DType::f32 && type != DType::f64 && type != DType::f16 && type != DType::bf16;
    for (const float value : a->t->value.to_float()) result.values.push_back(value);
    if (type == DType::i64) {  // floats would round them
      result.values.clear();
      for (size_t i = 0; i < a->t->value.data.size(); i += 8) {
        int64_t number = 0;
        std::memcpy(&number, a->t->value.data.data() + i, 8);
        result.values.push_back(static_cast<double>(number));
      }
    }
    return result;
  }
  if (const OnnxAttribute* a = node.find("value_float"); a && a->f) return {{}, {*a->f}, false};
  if (const OnnxAttribute* a = node.find("value_int"); a && a->i)
    return {{}, {static_cast<double>(*a->i)}, true};
  if (const OnnxAttribute* a = node.find("value_ints")) return sized(list(a->ints));
  if (const OnnxAttribute* a = node.find("value_floats")) {
    Folded result{{static_cast<int64_t>(a->floats.size())}, {}, false};
    result.values.assign(a->floats.begin(), a->floats.end());
    return sized(std::move(result));
  }
  Run::refuse("has a constant of a kind that Imago does not know");
}

Folded constant_of_shape(const OnnxNode& node, const Inputs& inputs) {
  Folded result = sized({integers(input(inputs, 0)), {}, false});
  double value = 0;
  if (const OnnxAttribute* a = node.find("value"); a && a->t && a->t->value.elements() == 1) {
    value = a->t->value.to_float()[0];
    result.integer = a->t->value.type == DType::i64 || a->t->value.type == DType::i32;
  }
  result.values.assign(static_cast<size_t>(elements_of(result.dims)), value);
  return result;
}

Folded gather(const OnnxNode& node, const Inputs& inputs) {
  const Folded &data = input(inputs, 0), &indices = input(inputs, 1);
  const auto axis = static_cast<size_t>(axis_of(node.integer("axis", 0), data.dims.size()));
  Dims dims = data.dims;
  dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(axis));
  dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis), indices.dims.begin(),
              indices.dims.end());
  const size_t rank = indices.dims.size();
  return made_by(data, dims, [&](const Dims& index) {
    const auto begin = index.begin() + static_cast<std::ptrdiff_t>(axis);
    const Dims chosen(begin, begin + static_cast<std::ptrdiff_t>(rank));
    int64_t i = static_cast<int64_t>(at(indices, chosen));
    if (i < 0) i += data.dims[axis];
    if (i < 0 || i >= data.dims[axis]) Run::refuse("gathers beyond the end");
    Dims from = index;
    from.erase(from.begin() + static_cast<std::ptrdiff_t>(axis),
               from.begin() + static_cast<std::ptrdiff_t>(axis + rank));
    from.insert(from.begin() + static_cast<std::ptrdiff_t>(axis), i);
    return at(data, from);
  });
}

Folded concat(const OnnxNode& node, const Inputs& inputs) {
  const Folded& first = input(inputs, 0);
  const auto axis = static_cast<size_t>(axis_of(node.integer("axis", 0), first.dims.size()));
  Dims dims = first.dims;
  dims[axis] = 0;
  bool integer = true;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Folded& part = input(inputs, i);
    if (part.dims.size() != dims.size()) Run::refuse("joins shapes of different length");
    dims[axis] += part.dims[axis];
    integer = integer && part.integer;
  }
  Folded result = made_by(first, dims, [&](Dims index) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (index[axis] < inputs[i]->dims[axis]) return at(*inputs[i], index);
      index[axis] -= inputs[i]->dims[axis];
    }
    return 0.0;
  });
  result.integer = integer;
  return result;
}

/// Where a slice of an axis begins and how many elements it has (numpy's rules).
std::pair<int64_t, int64_t> span_of(int64_t begin, int64_t end, int64_t step, int64_t size) {
  if (step == 0) Run::refuse("slices with steps of zero");
  const auto place = [&](int64_t i, int64_t low, int64_t high) {
    return std::clamp(i < 0 ? i + size : i, low, high);
  };
  if (step > 0) {
    const int64_t from = place(begin, 0, size), to = place(end, 0, size);
    return {from, std::max<int64_t>(0, (to - from + step - 1) / step)};
  }
  const int64_t from = place(begin, 0, size - 1), to = place(end, -1, size - 1);
  return {from, std::max<int64_t>(0, (from - to - step - 1) / -step)};
}

Folded slice(const OnnxNode& node, const Inputs& inputs, int64_t opset) {
  const Folded& data = input(inputs, 0);
  const auto given = [&](const char* attribute, size_t i) {
    if (opset < 10) return node.integers(attribute);
    return i < inputs.size() && inputs[i] ? integers(*inputs[i]) : std::vector<int64_t>();
  };
  const auto starts = given("starts", 1), ends = given("ends", 2);
  auto axes = given("axes", 3), steps = given("steps", 4);
  for (size_t i = axes.size(); i < starts.size(); ++i) axes.push_back(static_cast<int64_t>(i));
  steps.resize(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size())
    Run::refuse("has starts and ends of different number");
  Dims dims = data.dims, from(dims.size(), 0), step(dims.size(), 1);
  for (size_t i = 0; i < starts.size(); ++i) {
    const auto axis = static_cast<size_t>(axis_of(axes[i], dims.size()));
    const auto [begin, count] = span_of(starts[i], ends[i], steps[i], data.dims[axis]);
    from[axis] = begin;
    step[axis] = steps[i];
    dims[axis] = count;
  }
  return made_by(data, dims, [&](Dims index) {
    for (size_t i = 0; i < index.size(); ++i) index[i] = from[i] + index[i] * step[i];
    return at(data, index);
  });
}

Folded transpose(const OnnxNode& node, const Inputs& inputs) {
  const Folded& data = input(inputs, 0);
  std::vector<int64_t> order = node.integers("perm");
  if (order.empty())
    for (size_t i = data.dims.size(); i-- > 0;) order.push_back(static_cast<int64_t>(i));
  if (order.size() != data.dims.size()) Run::refuse("has an order of another length");
  Dims dims;
  for (const int64_t axis : order)
    dims.push_back(data.dims[static_cast<size_t>(axis_of(axis, data.dims.size()))]);
  return made_by(data, dims, [&](const Dims& index) {
    Dims from(index.size());
    for (size_t i = 0; i < index.size(); ++i) from[static_cast<size_t>(order[i])] = index[i];
    return at(data, from);
  });
}

Folded reshaped(const Folded& data, Dims dims) {
  int64_t known = 1;
  int inferred = -1;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 0 && i < data.dims.size()) dims[i] = data.dims[i];
    if (dims[i] == -1)
      inferred = static_cast<int>(i);
    else
      known *= std::clamp<int64_t>(dims[i], 0, kMostFolded + 1);
    if (known > kMostFolded) Run::refuse("computes with too many numbers");
  }
  const auto count = static_cast<int64_t>(data.values.size());
  if (inferred >= 0) dims[static_cast<size_t>(inferred)] = known > 0 ? count / known : 0;
  Folded result{std::move(dims), data.values, data.integer};
  sized(result);
  if (elements_of(result.dims) != count) Run::refuse("reshapes to another number of elements");
  return result;
}

/// Squeeze, Unsqueeze and Flatten change dimensions only.
Folded squeezed(const OnnxNode& node, const Inputs& inputs, int64_t opset) {
  const Folded& data = input(inputs, 0);
  std::vector<int64_t> axes = node.integers("axes");
  if (opset >= 13 && inputs.size() > 1 && inputs[1]) axes = integers(*inputs[1]);
  const bool add = node.op_type == "Unsqueeze";
  const size_t rank = data.dims.size() + (add ? axes.size() : 0);
  if (rank > 8) Run::refuse("has more than 8 dimensions");
  std::vector<bool> named(rank, !add && axes.empty());
  for (const int64_t axis : axes) named[static_cast<size_t>(axis_of(axis, rank))] = true;
  if (add && std::count(named.begin(), named.end(), true) != static_cast<int64_t>(axes.size()))
    Run::refuse("names an axis twice");
  Dims dims;
  size_t next = 0;
  for (size_t i = 0; i < rank; ++i) {
    if (add)
      dims.push_back(named[i] ? 1 : data.dims.at(next++));
    else if (!named[i] || data.dims[i] != 1)
      dims.push_back(data.dims[i]);
  }
  return reshaped(data, std::move(dims));
}

Folded range(const Inputs& inputs) {
  const Folded &begin = input(inputs, 0), &end = input(inputs, 1), &step = input(inputs, 2);
  if (begin.values.size() != 1 || end.values.size() != 1 || step.values.size() != 1 ||
      step.values[0] == 0)
    Run::refuse("has no valid range");
  const double count = std::ceil((end.values[0] - begin.values[0]) / step.values[0]);
  if (!(count <= kMostFolded)) Run::refuse("computes with too many numbers");
  Folded result{{std::max<int64_t>(0, static_cast<int64_t>(count))}, {}, begin.integer};
  for (int64_t i = 0; i < result.dims[0]; ++i)
    result.values.push_back(begin.values[0] + static_cast<double>(i) * step.values[0]);
  return result;
}

Folded where(const Inputs& inputs) {
  const Folded &condition = input(inputs, 0), &a = input(inputs, 1), &b = input(inputs, 2);
  const Dims dims = broadcast_dims(condition.dims, broadcast_dims(a.dims, b.dims));
  return made_by(a, dims, [&](const Dims& index) {
    return broadcast_at(broadcast_at(condition, index) != 0 ? a : b, index);
  });
}

Folded expand(const Inputs& inputs) {
  const Folded& data = input(inputs, 0);
  const Dims dims = broadcast_dims(data.dims, integers(input(inputs, 1)));
  return made_by(data, dims, [&](const Dims& index) { return broadcast_at(data, index); });
}

Folded product(const OnnxNode& node, const Inputs& inputs) {
  const Folded& data = input(inputs, 0);
  double result = node.op_type == "ReduceProd" ? 1 : 0;
  for (const double v : data.values)
    result = node.op_type == "ReduceProd" ? result * v : result + v;
  return {node.integer("keepdims", 1) ? Dims(data.dims.size(), 1) : Dims(), {result}, data.integer};
}

}  // namespace

bool can_fold(const std::string& op_type) {
  static const std::vector<std::string> others = {
      "Constant",   "ConstantOfShape", "Gather",    "Concat", "Slice", "Transpose",
      "Reshape",    "Squeeze",         "Unsqueeze", "Range",  "Where", "Div",
      "ReduceProd", "ReduceSum",       "Cast",      "Expand"};
  return binaries().contains(op_type) || unaries().contains(op_type) ||
         std::find(others.begin(), others.end(), op_type) != others.end();
}

std::vector<Folded> fold(const OnnxNode& node, const Inputs& inputs, int64_t opset) {
  const std::string& op = node.op_type;
  if (op == "Div" || binaries().contains(op)) return {binary(node, inputs)};
  if (const auto unary = unaries().find(op); unary != unaries().end()) {
    Folded result = input(inputs, 0);
    for (double& value : result.values) value = unary->second(value);
    return {result};
  }
  if (op == "Constant") return {constant_of(node)};
  if (op == "ConstantOfShape") return {constant_of_shape(node, inputs)};
  if (op == "Cast") return {cast(node, inputs)};
  if (op == "Gather") return {gather(node, inputs)};
  if (op == "Concat") return {concat(node, inputs)};
  if (op == "Slice") return {slice(node, inputs, opset)};
  if (op == "Transpose") return {transpose(node, inputs)};
  if (op == "Reshape") return {reshaped(input(inputs, 0), integers(input(inputs, 1)))};
  if (op == "Squeeze" || op == "Unsqueeze") return {squeezed(node, inputs, opset)};
  if (op == "Range") return {range(inputs)};
  if (op == "Where") return {where(inputs)};
  if (op == "Expand") return {expand(inputs)};
  return {product(node, inputs)};
}

}  // namespace imago::onnx

// Operators that move numbers without changing them.
#include <algorithm>
#include <numeric>

#include "models/networks/onnx/run.h"

namespace imago::onnx {
namespace {

constexpr int64_t kMostSlices = 512;  // that a change of order of channels is made of

/// Channels in another order: channel i of the result is channel `source(i)` of x.
Tensor reordered(Tensor x, const std::function<int64_t(int64_t)>& source) {
  const int64_t channels = x.shape().c;
  std::vector<Tensor> parts;
  for (int64_t i = 0; i < channels;) {
    const int64_t begin = source(i);
    int64_t count = 1;
    while (i + count < channels && source(i + count) == begin + count) ++count;
    parts.push_back(slice_channels(x, static_cast<int>(begin), static_cast<int>(begin + count)));
    i += count;
  }
  if (static_cast<int64_t>(parts.size()) > kMostSlices)
    Run::refuse("reorders more channels than Imago can");
  return parts.size() == 1 ? x : concat(parts);
}

int shuffle_factor(const Shape& x, int64_t r, bool to_depth) {
  const bool fits =
      r >= 1 && r <= 64 && (to_depth ? x.h % r == 0 && x.w % r == 0 : x.c % (r * r) == 0);
  if (!fits) Run::refuse("has the block size " + std::to_string(r) + " for " + to_string(x));
  return static_cast<int>(r);
}

/// DCR: input channel k * C + c is pixel k of channel c, where PyTorch's pixel shuffle (CRD) has it
/// as c * r * r + k.
Tensor depth_to_space_dcr(Tensor x, int r) {
  const int64_t blocks = int64_t{r} * r, channels = x.shape().c / blocks;
  return pixel_shuffle(reordered(x, [&](int64_t i) { return i % blocks * channels + i / blocks; }),
                       r);
}

Tensor space_to_depth(Tensor x, int r) {
  const int64_t blocks = int64_t{r} * r, channels = x.shape().c;
  return reordered(pixel_unshuffle(x, r),
                   [&](int64_t i) { return i % channels * blocks + i / channels; });
}

std::vector<Value> depth_to_space_op(Run& run, const OnnxNode& node) {
  const Tensor x = run.picture(node, 0);
  const int r = shuffle_factor(x.shape(), node.integer("blocksize", 1), false);
  const std::string mode = node.text("mode", "DCR");
  if (mode != "CRD" && mode != "DCR") Run::refuse("has mode " + mode);
  return {value_of(mode == "CRD" ? pixel_shuffle(x, r) : depth_to_space_dcr(x, r))};
}

std::vector<Value> space_to_depth_op(Run& run, const OnnxNode& node) {
  const Tensor x = run.picture(node, 0);
  const int r = shuffle_factor(x.shape(), node.integer("blocksize", 1), true);
  return {value_of(space_to_depth(x, r))};
}

// --- shapes ---

std::vector<Value> shape_op(Run& run, const OnnxNode& node) {
  const Dims dims = run.value(node, 0).seen();
  const auto rank = static_cast<int64_t>(dims.size());
  const auto place = [&](const char* name, int64_t otherwise) {
    const int64_t i = node.integer(name, otherwise);
    return std::clamp<int64_t>(i < 0 ? i + rank : i, 0, rank);
  };
  const int64_t begin = place("start", 0), end = std::max(begin, place("end", rank));
  Folded folded{{end - begin}, {}, true};
  for (int64_t i = begin; i < end; ++i)
    folded.values.push_back(static_cast<double>(dims[static_cast<size_t>(i)]));
  return {value_of(std::move(folded))};
}

std::vector<Value> size_op(Run& run, const OnnxNode& node) {
  return {
      value_of(Folded{{}, {static_cast<double>(elements_of(run.value(node, 0).seen()))}, true})};
}

Dims wanted_dims(const Value& v, const std::vector<int64_t>& given, bool keeps_zero) {
  const Dims seen = v.seen();
  if (given.size() > 8) Run::refuse("makes more than 8 dimensions");
  Dims dims = given;
  int64_t known = 1;
  int inferred = -1;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] == 0 && !keeps_zero && i < seen.size()) dims[i] = seen[i];
    if (dims[i] == -1) {
      inferred = static_cast<int>(i);
      continue;
    }
    if (dims[i] < 1 || dims[i] > int64_t{1} << 36 || known > (int64_t{1} << 40) / dims[i])
      Run::refuse("has an impossible shape");
    known *= dims[i];
  }
  const int64_t elements = elements_of(seen);
  if (inferred >= 0) dims[static_cast<size_t>(inferred)] = elements / known;
  if (elements_of(dims) != elements)
    Run::refuse("reshapes " + std::to_string(elements) + " numbers into " +
                std::to_string(elements_of(dims)) +
                "; was the network exported for pictures of one size only?");
  return dims;
}

/// The pixel shuffle that reshaping a tensor of these dimensions in this order makes; how PyTorch
/// exported it before DepthToSpace knew its order.
Tensor shuffled(const Value& v, const Dims& wanted) {
  const Dims& d = v.dims;
  const std::vector<int>& order = v.order;
  const auto is = [&](std::vector<int> other) { return order == other; };
  const auto square = [](int64_t r, int64_t s) { return r == s && r <= 64; };
  if (d.size() != 6 || wanted.size() != 4) return {};
  const auto result = [&](Tensor y) { return y.shape() == shape_of(wanted) ? y : Tensor(); };
  if (is({0, 1, 4, 2, 5, 3}) && square(d[2], d[3]))
    return result(pixel_shuffle(reshape(v.tensor, {d[0], d[1] * d[2] * d[3], d[4], d[5]}),
                                static_cast<int>(d[2])));
  if (is({0, 3, 4, 1, 5, 2}) && square(d[1], d[2]))
    return result(depth_to_space_dcr(reshape(v.tensor, {d[0], d[1] * d[2] * d[3], d[4], d[5]}),
                                     static_cast<int>(d[1])));
  const auto whole = [&] { return reshape(v.tensor, {d[0], d[1], d[2] * d[3], d[4] * d[5]}); };
  if (is({0, 1, 3, 5, 2, 4}) && square(d[3], d[5]))
    return result(pixel_unshuffle(whole(), static_cast<int>(d[3])));
  if (is({0, 3, 5, 1, 2, 4}) && square(d[3], d[5]))
    return result(space_to_depth(whole(), static_cast<int>(d[3])));
  return {};
}

std::string text_of(const std::vector<int>& order) {
  std::string text;
  for (const int axis : order) text += (text.empty() ? "" : ",") + std::to_string(axis);
  return text;
}

std::vector<Value> reshape_to(const Value& v, const Dims& dims) {
  if (v.in_order()) return {value_of(v.tensor, dims)};
  const Tensor y = shuffled(v, dims);
  if (!y)
    Run::refuse("takes a tensor of " + std::to_string(v.dims.size()) +
                " dimensions transposed to " + text_of(v.order) + ", which is no pixel shuffle");
  return {value_of(y)};
}

std::vector<Value> reshape_op(Run& run, const OnnxNode& node) {
  const Value& v = run.value(node, 0);
  return reshape_to(v, wanted_dims(v, run.integers(node, 1), node.integer("allowzero", 0) != 0));
}

std::vector<Value> transpose(Run& run, const OnnxNode& node) {
  Value v = run.value(node, 0);
  std::vector<int64_t> order = node.integers("perm");
  if (order.empty())
    for (size_t i = v.order.size(); i-- > 0;) order.push_back(static_cast<int64_t>(i));
  std::vector<int64_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < sorted.size(); ++i)
    if (sorted[i] != static_cast<int64_t>(i) || sorted.size() != v.order.size())
      Run::refuse("has an order that is none");
  const std::vector<int> before = v.order;
  for (size_t i = 0; i < order.size(); ++i) v.order[i] = before[static_cast<size_t>(order[i])];
  return {v};
}

std::vector<Value> squeeze(Run& run, const OnnxNode& node) {
  const Value& v = run.value(node, 0);
  const Dims seen = v.seen();
  const std::vector<int64_t> axes = list_of(run, node, "axes", 1, 13);
  Dims dims;
  for (size_t i = 0; i < seen.size(); ++i) {
    const bool named = std::any_of(axes.begin(), axes.end(), [&](int64_t axis) {
      return axis_of(axis, seen.size()) == static_cast<int>(i);
    });
    if (named && seen[i] != 1) Run::refuse("drops an axis that is not 1");
    if (!named && (!axes.empty() || seen[i] != 1)) dims.push_back(seen[i]);
  }
  return reshape_to(v, dims);
}

std::vector<Value> unsqueeze(Run& run, const OnnxNode& node) {
  const Value& v = run.value(node, 0);
  const Dims seen = v.seen();
  const std::vector<int64_t> axes = list_of(run, node, "axes", 1, 13);
  const size_t rank = seen.size() + axes.size();
  if (rank > 8) Run::refuse("makes more than 8 dimensions");
  std::vector<bool> added(rank, false);
  for (const int64_t axis : axes) added[static_cast<size_t>(axis_of(axis, rank))] = true;
  if (std::count(added.begin(), added.end(), true) != static_cast<int64_t>(axes.size()))
    Run::refuse("names an axis twice");
  Dims dims;
  size_t next = 0;
  for (size_t i = 0; i < rank; ++i) dims.push_back(added[i] ? 1 : seen.at(next++));
  return reshape_to(v, dims);
}

std::vector<Value> expand(Run& run, const OnnxNode& node) {
  const Tensor x = run.tensor(node, 0);
  const Dims seen = run.value(node, 0).seen();
  std::vector<int64_t> given = run.integers(node, 1);
  if (given.size() > 4) Run::refuse("makes more than four dimensions");
  for (int64_t& side : given) side = std::min(side, int64_t{1} << 15);
  Dims dims(std::max(seen.size(), given.size()), 1);
  for (size_t i = 0; i < dims.size(); ++i) {
    const auto side = [&](const Dims& from) {
      return i < from.size() ? from[from.size() - 1 - i] : 1;
    };
    dims[dims.size() - 1 - i] = std::max(side(seen), side(given));
  }
  if (elements_of(dims) > int64_t{1} << 36) Run::refuse("makes more numbers than a picture has");
  return {value_of(broadcast(x, shape_of(dims)), dims)};
}

// --- parts and wholes ---

/// The part `begin`…`end` of one of the four axes.
Tensor part_of(Tensor x, int axis, int64_t begin, int64_t end) {
  const Shape s = x.shape();
  if (begin == 0 && end == s[axis]) return x;
  const int before = static_cast<int>(begin), after = static_cast<int>(s[axis] - end);
  if (axis == 1) return slice_channels(x, before, static_cast<int>(end));
  if (axis == 2) return crop(x, {.top = before, .bottom = after});
  if (axis == 3) return crop(x, {.left = before, .right = after});
  Run::refuse("takes some of several pictures apart");
}

/// The axis of our four that is axis `axis` of a tensor seen with `rank` dimensions.
int own_axis(int64_t axis, size_t rank) { return static_cast<int>(4 - rank) + axis_of(axis, rank); }

std::vector<Value> slice(Run& run, const OnnxNode& node) {
  const auto list = [&](const char* name, size_t input) {
    return list_of(run, node, name, input, 10);
  };
  const auto starts = list("starts", 1), ends = list("ends", 2);
  auto axes = list("axes", 3), steps = list("steps", 4);
  for (size_t i = axes.size(); i < starts.size(); ++i) axes.push_back(static_cast<int64_t>(i));
  steps.resize(starts.size(), 1);
  if (ends.size() != starts.size() || axes.size() != starts.size())
    Run::refuse("has starts and ends of different number");
  Tensor x = run.tensor(node, 0);
  Dims dims = run.value(node, 0).seen();
  // Of a graph for pictures of one size, "up to its end" is a number.
  const auto& fixed = run.network().fixed_factors;
  if (const auto found = fixed.find(run.node_index()); found != fixed.end() && found->second == 1)
    return {value_of(x, dims)};
  bool all = true;
  for (size_t i = 0; i < starts.size(); ++i) {
    if (steps[i] != 1) Run::refuse("takes every " + std::to_string(steps[i]) + "th row or column");
    const int axis = own_axis(axes[i], dims.size());
    const int64_t side = x.shape()[axis];
    const auto place = [&](int64_t p) {
      return std::clamp<int64_t>(p < 0 ? p + side : p, 0, side);
    };
    const int64_t begin = place(starts[i]), end = place(ends[i]);
    if (begin >= end) Run::refuse("takes nothing");
    all = all && begin == 0 && end == side;
    x = part_of(x, axis, begin, end);
    dims[static_cast<size_t>(axis_of(axes[i], dims.size()))] = end - begin;
  }
  run.fixed_factors[run.node_index()] = all;
  return {value_of(x, dims)};
}

std::vector<Value> split(Run& run, const OnnxNode& node) {
  const Tensor x = run.tensor(node, 0);
  const Dims dims = run.value(node, 0).seen();
  const auto at = static_cast<size_t>(axis_of(node.integer("axis", 0), dims.size()));
  const int axis = own_axis(static_cast<int64_t>(at), dims.size());
  std::vector<int64_t> sizes = list_of(run, node, "split", 1, 13);
  if (sizes.empty()) {
    const auto parts = static_cast<int64_t>(node.outputs.size());
    const int64_t each = (dims[at] + parts - 1) / std::max<int64_t>(parts, 1);
    for (int64_t left = dims[at]; left > 0; left -= each) sizes.push_back(std::min(each, left));
  }
  std::vector<Value> parts;
  int64_t begin = 0;
  for (const int64_t size : sizes) {
    if (size < 1 || size > dims[at] - begin) Run::refuse("has parts that do not fit");
    Dims part = dims;
    part[at] = size;
    parts.push_back(value_of(part_of(x, axis, begin, begin + size), part));
    begin += size;
  }
  return parts;
}

/// Channels by number.
std::vector<Value> gather(Run& run, const OnnxNode& node) {
  const Tensor x = run.tensor(node, 0);
  Dims dims = run.value(node, 0).seen();
  const Folded& indices = run.numbers(node, 1);
  const auto at = static_cast<size_t>(axis_of(node.integer("axis", 0), dims.size()));
  if (indices.dims.size() > 1 || indices.values.empty()) Run::refuse("gathers a table");
  const int axis = own_axis(static_cast<int64_t>(at), dims.size());
  std::vector<Tensor> parts;
  for (const double index : indices.values) {
    const auto i = static_cast<int64_t>(index < 0 ? index + static_cast<double>(dims[at]) : index);
    if (i < 0 || i >= dims[at]) Run::refuse("gathers beyond the end");
    parts.push_back(part_of(x, axis, i, i + 1));
  }
  if (parts.size() > 1 && axis != 1) Run::refuse("gathers something else than channels");
  dims[at] = static_cast<int64_t>(parts.size());
  if (indices.dims.empty()) dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(at));
  return {value_of(parts.size() > 1 ? concat(parts) : parts[0], dims)};
}

/// One below the other or side by side: each put into its place among zeros, and added.
Tensor joined(const std::vector<Tensor>& parts, int axis) {
  int64_t total = 0, begin = 0;
  for (const Tensor& part : parts) total += part.shape()[axis];
  Tensor sum;
  for (const Tensor& part : parts) {
    const int64_t side = part.shape()[axis];
    const int before = static_cast<int>(begin), after = static_cast<int>(total - begin - side);
    const Padding border = axis == 2 ? Padding{.top = before, .bottom = after}
                                     : Padding{.left = before, .right = after};
    const Tensor placed = pad(part, border, PadMode::zero);
    sum = sum ? sum + placed : placed;
    begin += side;
  }
  return sum;
}

std::vector<Value> concat_op(Run& run, const OnnxNode& node) {
  std::vector<Tensor> parts;
  Dims dims = run.value(node, 0).seen();
  const auto at = static_cast<size_t>(axis_of(node.integer("axis", 1), dims.size()));
  dims[at] = 0;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    parts.push_back(run.tensor(node, i));
    const Dims seen = run.value(node, i).seen();
    if (seen.size() != dims.size()) Run::refuse("joins tensors of different dimensions");
    dims[at] += seen[at];
  }
  const int axis = own_axis(static_cast<int64_t>(at), dims.size());
  if (axis == 0) Run::refuse("joins several pictures");
  return {value_of(axis == 1 ? concat(parts) : joined(parts, axis), dims)};
}

/// The pads of H and W of an input, all begins and then all ends; those of N and C must be zero.
std::array<int64_t, 4> pads_of(Run& run, const OnnxNode& node) {
  std::vector<int64_t> pads = run.opset() < 11 ? node.integers("pads") : run.integers(node, 1);
  std::vector<int64_t> axes = {0, 1, 2, 3};
  if (run.opset() >= 18 && run.has(node, 3)) axes = run.integers(node, 3);
  if (pads.size() != 2 * axes.size()) Run::refuse("has pads that do not fit its axes");
  std::array<int64_t, 4> result = {};  // top, left, bottom, right
  for (size_t i = 0; i < axes.size(); ++i) {
    const int axis = axis_of(axes[i], 4);
    const int64_t begin = pads[i], end = pads[i + axes.size()];
    if (std::max(std::abs(begin), std::abs(end)) > kMostBorder)
      Run::refuse("has a border of more than 4096 pixels");
    if (axis < 2 && (begin != 0 || end != 0)) Run::refuse("pads channels");
    if (axis >= 2) {
      result[static_cast<size_t>(axis - 2)] = begin;
      result[static_cast<size_t>(axis)] = end;
    }
  }
  return result;
}

std::vector<Value> pad_op(Run& run, const OnnxNode& node) {
  Tensor x = run.picture(node, 0);
  const std::array<int64_t, 4> pads = pads_of(run, node);
  const std::string mode = node.text("mode", "constant");
  const double value = run.opset() < 11 ? node.number("value", 0) : run.number(node, 2, 0);
  const auto grown = [&](size_t i) { return static_cast<int>(std::max<int64_t>(0, pads[i])); };
  const auto cut = [&](size_t i) { return static_cast<int>(std::max<int64_t>(0, -pads[i])); };
  if (cut(0) || cut(1) || cut(2) || cut(3))
    x = crop(x, {.top = cut(0), .bottom = cut(2), .left = cut(1), .right = cut(3)});
  const Padding border = {.top = grown(0), .bottom = grown(2), .left = grown(1), .right = grown(3)};
  if (!border.top && !border.bottom && !border.left && !border.right) return {value_of(x)};
  if (mode == "reflect") return {value_of(pad(x, border, PadMode::reflect))};
  if (mode == "edge") return {value_of(pad(x, border, PadMode::replicate))};
  if (mode != "constant") Run::refuse("pads with mode " + mode);
  if (value == 0) return {value_of(pad(x, border, PadMode::zero))};
  const auto v = static_cast<float>(value);
  return {value_of(pad(x - v, border, PadMode::zero) + v)};
}

}  // namespace

const Operators& moving_operators() {
  static const Operators table = {{"DepthToSpace", depth_to_space_op},
                                  {"SpaceToDepth", space_to_depth_op},
                                  {"Shape", shape_op},
                                  {"Size", size_op},
                                  {"Reshape", reshape_op},
                                  {"Transpose", transpose},
                                  {"Squeeze", squeeze},
                                  {"Unsqueeze", unsqueeze},
                                  {"Expand", expand},
                                  {"Slice", slice},
                                  {"Split", split},
                                  {"Gather", gather},
                                  {"Concat", concat_op},
                                  {"Pad", pad_op}};
  return table;
}

}  // namespace imago::onnx

// Convolutions, normalisations, reductions and resampling.
#include <algorithm>
#include <cmath>

#include "models/networks/onnx/run.h"

namespace imago::onnx {
namespace {

constexpr int64_t kMostKernel = 255, kMostStride = 64;
constexpr int64_t kMostGroups = 64;
constexpr int64_t kMostTaps = 64;  // of a convolution that is added up tap by tap

int checked(int64_t value, int64_t low, int64_t high, const char* what) {
  if (value < low || value > high)
    Run::refuse(std::string("has ") + what + " " + std::to_string(value) +
                ", which Imago does not know");
  return static_cast<int>(value);
}

/// A number that must be the same along both sides; `otherwise` if the node does not say.
int both_sides(const OnnxNode& node, const char* attribute, int64_t high) {
  const std::vector<int64_t> values = node.integers(attribute);
  if (values.empty()) return 1;
  if (values.size() != 2 || values[0] != values[1])
    Run::refuse(std::string("has ") + attribute + " that differ along the sides");
  return checked(values[0], 1, high, attribute);
}

struct Sides {
  int64_t h, w;
};

/// The zeros around a picture that a window of `kernel` (dilated) and `stride` gets.
Padding border_of(const OnnxNode& node, const Shape& x, Sides kernel, int stride) {
  const std::string automatic = node.text("auto_pad", "NOTSET");
  if (automatic == "VALID") return {};
  if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    const auto total = [&](int64_t side, int64_t k) {
      const int64_t out = (side + stride - 1) / stride;
      return checked(std::max<int64_t>(0, (out - 1) * stride + k - side), 0, kMostBorder, "pads");
    };
    const int h = total(x.h, kernel.h), w = total(x.w, kernel.w);
    const bool upper = automatic == "SAME_UPPER";
    const int top = upper ? h / 2 : h - h / 2, left = upper ? w / 2 : w - w / 2;
    return {top, h - top, left, w - left};
  }
  if (automatic != "NOTSET") Run::refuse("has auto_pad " + automatic);
  const std::vector<int64_t> pads = node.integers("pads");
  if (pads.empty()) return {};
  if (pads.size() != 4) Run::refuse("is not two-dimensional");
  const auto pad_of = [&](size_t i) { return checked(pads[i], 0, kMostBorder, "pads"); };
  return {pad_of(0), pad_of(2), pad_of(1), pad_of(3)};
}

bool is_even(const Padding& b) { return b.top == b.bottom && b.top == b.left && b.top == b.right; }

Tensor padded(Tensor x, const Padding& b) {
  return b.top || b.bottom || b.left || b.right ? pad(x, b, PadMode::zero) : x;
}

/// The weights {O, I, 1, 1} of one place of a kernel.
Tensor tap_of(Tensor w, int64_t y, int64_t x) {
  const Shape s = w.shape();
  return crop(w, {static_cast<int>(y), static_cast<int>(s.h - 1 - y), static_cast<int>(x),
                  static_cast<int>(s.w - 1 - x)});
}

/// A convolution as a sum over the places of its kernel, each of which sees the picture shifted:
/// for what conv2d does not know, dilation and one filter per channel. `x` is padded already.
Tensor sum_of_taps(Tensor x, Tensor w, int dilation,
                   const std::function<Tensor(Tensor shifted, Tensor tap)>& product) {
  const Shape k = w.shape(), s = x.shape();
  if (k.h * k.w > kMostTaps)
    Run::refuse("has a dilated or depthwise kernel of " + std::to_string(k.h) + "x" +
                std::to_string(k.w));
  const int64_t height = s.h - dilation * (k.h - 1), width = s.w - dilation * (k.w - 1);
  if (height < 1 || width < 1) Run::refuse("has a kernel larger than the picture");
  Tensor sum;
  for (int64_t y = 0; y < k.h; ++y)
    for (int64_t c = 0; c < k.w; ++c) {
      const int top = static_cast<int>(y * dilation), left = static_cast<int>(c * dilation);
      const Tensor shifted = crop(x, {top, static_cast<int>(s.h - height - top), left,
                                      static_cast<int>(s.w - width - left)});
      const Tensor term = product(shifted, tap_of(w, y, c));
      sum = sum ? sum + term : term;
    }
  return sum;
}

/// Filters `begin`… of a group, of weights {O, I, kh, kw}.
Tensor filters_of(Tensor w, int64_t group, int64_t groups) {
  const Shape s = w.shape();
  const int64_t count = s.n / groups * s.c;
  const Tensor rows = reshape(w, {1, s.n * s.c, s.h, s.w});
  const Tensor part =
      slice_channels(rows, static_cast<int>(group * count), static_cast<int>((group + 1) * count));
  return reshape(part, {s.n / groups, s.c, s.h, s.w});
}

Tensor grouped(Tensor x, Tensor w, int64_t groups,
               const std::function<Tensor(Tensor part, Tensor filters)>& convolve) {
  const int64_t channels = x.shape().c;
  if (groups > kMostGroups || channels % groups != 0 || w.shape().n % groups != 0)
    Run::refuse("has " + std::to_string(groups) + " groups");
  std::vector<Tensor> parts;
  for (int64_t g = 0; g < groups; ++g) {
    const int64_t width = channels / groups;
    const Tensor part =
        slice_channels(x, static_cast<int>(g * width), static_cast<int>((g + 1) * width));
    parts.push_back(convolve(part, filters_of(w, g, groups)));
  }
  return concat(parts);
}

Tensor with_bias(Run& run, const OnnxNode& node, Tensor y) {
  return run.has(node, 2) ? y + run.channels(node, 2) : y;
}

std::vector<Value> conv(Run& run, const OnnxNode& node) {
  const Tensor x = run.picture(node, 0), w = run.picture(node, 1);
  const Shape k = w.shape();
  checked(std::max(k.h, k.w), 1, kMostKernel, "a kernel of side");
  const int stride = both_sides(node, "strides", kMostStride);
  const int dilation = both_sides(node, "dilations", kMostStride);
  const int64_t groups = node.integer("group", 1);
  const Padding border =
      border_of(node, x.shape(), {(k.h - 1) * dilation + 1, (k.w - 1) * dilation + 1}, stride);
  checked(groups, 1, x.shape().c, "groups:");
  const bool depthwise = groups > 1 && groups == x.shape().c && groups == k.n && stride == 1;
  if (depthwise && k.h * k.w <= kMostTaps)
    return {value_of(with_bias(
        run, node, sum_of_taps(padded(x, border), w, dilation, [](Tensor part, Tensor tap) {
          return part * reshape(tap, {1, tap.shape().n, 1, 1});
        })))};
  const auto convolve = [&](Tensor part, Tensor filters) {
    if (dilation == 1 && is_even(border))
      return conv2d(part, filters, {.stride = stride, .padding = border.top});
    if (dilation == 1) return conv2d(padded(part, border), filters, {.stride = stride});
    return sum_of_taps(padded(part, border), filters, dilation, [&](Tensor shifted, Tensor tap) {
      return conv2d(shifted, tap, {.stride = stride});
    });
  };
  const Tensor y = groups == 1 ? convolve(x, w) : grouped(x, w, groups, convolve);
  return {value_of(with_bias(run, node, y))};
}

/// ONNX's weights are {I, O / group, kh, kw}, as PyTorch's.
std::vector<Value> conv_transpose(Run& run, const OnnxNode& node) {
  const Tensor x = run.picture(node, 0), w = run.picture(node, 1);
  const Shape k = w.shape();
  checked(std::max(k.h, k.w), 1, kMostKernel, "a kernel of side");
  const int stride = both_sides(node, "strides", kMostStride);
  if (both_sides(node, "dilations", kMostStride) != 1) Run::refuse("is dilated");
  if (!node.integers("output_shape").empty()) Run::refuse("has an output_shape");
  if (const std::string automatic = node.text("auto_pad", "NOTSET");
      automatic != "NOTSET" && automatic != "VALID")
    Run::refuse("has auto_pad " + automatic);
  const Padding border = border_of(node, x.shape(), {k.h, k.w}, stride);
  std::vector<int64_t> more = node.integers("output_padding");
  more.resize(2, 0);
  for (const int64_t m : more) checked(m, 0, kMostStride, "output_padding");
  const auto convolve = [&](Tensor part, Tensor filters) {
    if (is_even(border) && more[0] == more[1] && more[0] < stride)
      return conv2d_dx(
          part, filters,
          {.stride = stride, .padding = border.top, .output_padding = static_cast<int>(more[0])});
    // All that the kernel reaches, of which the border is cut away.
    const Tensor full = conv2d_dx(part, filters, {.stride = stride});
    const int bottom = border.bottom - static_cast<int>(more[0]);
    const int right = border.right - static_cast<int>(more[1]);
    const Tensor grown = padded(full, {0, std::max(0, -bottom), 0, std::max(0, -right)});
    return crop(grown, {border.top, std::max(0, bottom), border.left, std::max(0, right)});
  };
  const int64_t groups = node.integer("group", 1);
  checked(groups, 1, x.shape().c, "groups:");
  const Tensor y = groups == 1 ? convolve(x, w) : grouped(x, w, groups, convolve);
  return {value_of(with_bias(run, node, y))};
}

Tensor scale_and_shift(Run& run, const OnnxNode& node, Tensor x, size_t scale, size_t shift) {
  return x * run.channels(node, scale) + run.channels(node, shift);
}

std::vector<Value> batch_norm(Run& run, const OnnxNode& node) {
  const Tensor x = run.picture(node, 0);
  const float epsilon = node.number("epsilon", 1e-5f);
  if (node.integer("spatial", 1) != 1) Run::refuse("is not spatial");
  if (node.integer("training_mode", 0) != 0) {
    const Axes axes = {.n = true, .h = true, .w = true};
    return {value_of(scale_and_shift(run, node, normalize(x, axes, epsilon), 1, 2))};
  }
  const Tensor scale = run.channels(node, 1) * rsqrt(run.channels(node, 4) + epsilon);
  return {value_of(x * scale + (run.channels(node, 2) - run.channels(node, 3) * scale))};
}

/// The tensor as {N, C, everything else, 1}; what a norm sees of a tensor of any dimensions.
Tensor flat(const Value& v) {
  if (v.folded || !v.in_order() || v.dims.size() < 3) Run::refuse("takes another kind of tensor");
  if (v.dims.size() == 4) return reshape(v.tensor, shape_of(v.dims));
  const int64_t rest = elements_of(v.dims) / std::max<int64_t>(1, v.dims[0] * v.dims[1]);
  return reshape(v.tensor, {v.dims[0], v.dims[1], rest, 1});
}

std::vector<Value> instance_norm(Run& run, const OnnxNode& node) {
  Value value = run.value(node, 0);
  const Tensor x = flat(value);
  const Axes axes = {.h = true, .w = true};
  const Tensor y = normalize(x, axes, node.number("epsilon", 1e-5f));
  value.tensor = scale_and_shift(run, node, y, 1, 2);
  return {value};
}

/// Groups of channels are normalised together. Scale and shift are per group before opset 21.
std::vector<Value> group_norm(Run& run, const OnnxNode& node) {
  const Tensor x = run.picture(node, 0);
  const Shape s = x.shape();
  const int64_t groups = node.integer("num_groups", 1);
  if (groups < 1 || s.c % groups != 0) Run::refuse("has groups that do not divide the channels");
  const Tensor parts = reshape(x, {s.n, groups, s.c / groups * s.h, s.w});
  const Axes axes = {.h = true, .w = true};
  Tensor y = normalize(parts, axes, node.number("epsilon", 1e-5f));
  if (run.opset() < 21) return {value_of(reshape(scale_and_shift(run, node, y, 1, 2), s))};
  return {value_of(scale_and_shift(run, node, reshape(y, s), 1, 2))};
}

/// Over the channels of each pixel, which a Transpose has made the last axis.
std::vector<Value> layer_norm(Run& run, const OnnxNode& node) {
  Value value = run.value(node, 0);
  if (value.folded || value.order.size() != 4 || value.order[3] != 1 ||
      axis_of(node.integer("axis", -1), 4) != 3)
    Run::refuse("normalises something else than the channels of a pixel");
  const Tensor x = reshape(value.tensor, shape_of(value.dims));
  const Axes channels = {.c = true};
  const Tensor centred = x - mean(x, channels);
  const Tensor variance = mean(square(centred), channels) + node.number("epsilon", 1e-5f);
  Tensor y = centred * rsqrt(variance) * run.channels(node, 1);
  if (run.has(node, 2)) y = y + run.channels(node, 2);
  value.tensor = y;
  return {value};
}

Axes axes_in_memory(const Value& v, const std::vector<int64_t>& axes) {
  std::array<bool, 4> chosen = {};
  for (const int64_t axis : axes) {
    const auto seen = static_cast<size_t>(axis_of(axis, v.order.size()));
    chosen[4 - v.order.size() + static_cast<size_t>(v.order[seen])] = true;
  }
  return {chosen[0], chosen[1], chosen[2], chosen[3]};
}

std::vector<Value> reduced(Run& run, const OnnxNode& node, int64_t since,
                           Tensor (*reduce)(Tensor, Axes)) {
  const Value& v = run.value(node, 0);
  std::vector<int64_t> axes = list_of(run, node, "axes", 1, since);
  if (axes.empty() && node.integer("noop_with_empty_axes", 0) != 0) return {v};
  if (axes.empty())
    for (size_t i = 0; i < v.order.size(); ++i) axes.push_back(static_cast<int64_t>(i));
  const Tensor x = reshape(v.tensor, shape_of(v.dims));
  Value result = v;
  result.tensor = reduce(x, axes_in_memory(v, axes));
  for (const int64_t axis : axes)
    result.dims[static_cast<size_t>(v.order[static_cast<size_t>(axis_of(axis, v.order.size()))])] =
        1;
  if (node.integer("keepdims", 1) != 0) return {result};
  if (!v.in_order()) Run::refuse("drops axes of a transposed tensor");
  std::vector<int64_t> dropped;
  for (const int64_t axis : axes) dropped.push_back(axis_of(axis, v.order.size()));
  Dims dims;
  for (size_t i = 0; i < v.dims.size(); ++i)
    if (std::find(dropped.begin(), dropped.end(), static_cast<int64_t>(i)) == dropped.end())
      dims.push_back(v.dims[i]);
  return {value_of(result.tensor, dims)};
}

std::vector<Value> reduce_mean(Run& run, const OnnxNode& node) {
  return reduced(run, node, 18, &mean);
}

std::vector<Value> reduce_sum(Run& run, const OnnxNode& node) {
  return reduced(run, node, 13, &sum);
}

std::vector<Value> global_average_pool(Run& run, const OnnxNode& node) {
  return {value_of(mean(run.picture(node, 0), {.h = true, .w = true}))};
}

/// Blocks next to each other; other windows as a mean of shifted pictures.
std::vector<Value> average_pool(Run& run, const OnnxNode& node) {
  const Tensor x = run.picture(node, 0);
  const int side = both_sides(node, "kernel_shape", kMostKernel);
  const int stride = both_sides(node, "strides", kMostStride);
  const Padding border = border_of(node, x.shape(), {side, side}, stride);
  const bool pads = border.top || border.bottom || border.left || border.right;
  if (node.integer("ceil_mode", 0) != 0) Run::refuse("rounds up");
  if (pads && node.integer("count_include_pad", 0) == 0) Run::refuse("leaves its padding out");
  const float share = 1.0f / static_cast<float>(side * side);
  const Shape s = x.shape();
  if (side == stride && !pads) {
    const Tensor whole =
        crop(x, {0, static_cast<int>(s.h % side), 0, static_cast<int>(s.w % side)});
    return {value_of(upsample_nearest_dx(whole, side) * share)};
  }
  if (stride != 1) Run::refuse("has windows that overlap and strides");
  const Tensor window = constant(run.graph(), {1, 1, side, side}, share);
  return {value_of(sum_of_taps(padded(x, border), window, 1,
                               [&](Tensor part, Tensor) { return part * share; }))};
}

std::vector<Value> max_pool_op(Run& run, const OnnxNode& node) {
  const Tensor x = run.picture(node, 0);
  const int side = both_sides(node, "kernel_shape", kMostKernel);
  const int stride = both_sides(node, "strides", kMostStride);
  const Padding b = border_of(node, x.shape(), {side, side}, stride);
  if (side != stride || b.top || b.bottom || b.left || b.right || node.integer("ceil_mode", 0) != 0)
    Run::refuse("has windows other than blocks side by side");
  return {value_of(max_pool(x, side))};
}

}  // namespace

const Operators& layer_operators() {
  static const Operators table = {{"Conv", conv},
                                  {"ConvTranspose", conv_transpose},
                                  {"BatchNormalization", batch_norm},
                                  {"InstanceNormalization", instance_norm},
                                  {"GroupNormalization", group_norm},
                                  {"LayerNormalization", layer_norm},
                                  {"ReduceMean", reduce_mean},
                                  {"ReduceSum", reduce_sum},
                                  {"GlobalAveragePool", global_average_pool},
                                  {"AveragePool", average_pool},
                                  {"MaxPool", max_pool_op}};
  return table;
}

}  // namespace imago::onnx

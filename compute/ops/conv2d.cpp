#include "compute/ops/conv2d.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/ops/conv2d_kernels.h"
#include "compute/ops/intervals.h"
#include "compute/ops/settings.h"
#include "compute/plan/lowering.h"

namespace imago {
namespace {

/// Output side of conv2d.
int64_t conv_size(int64_t in, int64_t kernel, const Conv2dSettings& s) {
  const int64_t room = in + 2 * s.padding - kernel;
  return room < 0 ? 0 : room / s.stride + 1;
}

/// Output side of conv2d_dx.
int64_t conv_dx_size(int64_t in, int64_t kernel, const Conv2dSettings& s) {
  return (in - 1) * s.stride - 2 * s.padding + kernel + s.output_padding;
}

void check_settings(const char* op, const Conv2dSettings& s, std::span<const Shape> inputs) {
  if (s.stride < 1 || s.padding < 0 || s.output_padding < 0 ||
      (s.output_padding > 0 && s.output_padding >= s.stride))
    throw_shape_error(op, "stride, padding or output padding makes no sense", inputs);
}

Shape conv2d_shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto s = attributes.as<Conv2dSettings>();
  const Shape &x = inputs[0], &w = inputs[1];
  check_settings("conv2d", s, inputs);
  if (x.c != w.c)
    throw_shape_error(
        "conv2d", "x has " + std::to_string(x.c) + " channels, w expects " + std::to_string(w.c),
        inputs);
  return {x.n, w.n, conv_size(x.h, w.h, s), conv_size(x.w, w.w, s)};
}

Shape conv2d_dx_shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto s = attributes.as<Conv2dSettings>();
  const Shape &dy = inputs[0], &w = inputs[1];
  check_settings("conv2d_dx", s, inputs);
  if (dy.c != w.n)
    throw_shape_error(
        "conv2d_dx",
        "dy has " + std::to_string(dy.c) + " channels, w expects " + std::to_string(w.n), inputs);
  return {dy.n, w.c, conv_dx_size(dy.h, w.h, s), conv_dx_size(dy.w, w.w, s)};
}

void conv2d_reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
                      const StepParams&, HostArray& y) {
  const auto s = attributes.as<Conv2dSettings>();
  const HostArray &x = *inputs[0], &w = *inputs[1];
  for (int64_t n = 0; n < y.shape.n; ++n)
    for (int64_t o = 0; o < y.shape.c; ++o)
      for (int64_t i = 0; i < y.shape.h; ++i)
        for (int64_t j = 0; j < y.shape.w; ++j)
          for (int64_t c = 0; c < x.shape.c; ++c)
            for (int64_t k = 0; k < w.shape.h; ++k)
              for (int64_t l = 0; l < w.shape.w; ++l) {
                const int64_t h = i * s.stride - s.padding + k;
                const int64_t v = j * s.stride - s.padding + l;
                if (h < 0 || v < 0 || h >= x.shape.h || v >= x.shape.w) continue;
                y.at(n, o, i, j) += x.at(n, c, h, v) * w.at(o, c, k, l);
              }
}

/// Scatters instead of gathering as the kernel does: another way to the same sum.
void conv2d_dx_reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
                         const StepParams&, HostArray& y) {
  const auto s = attributes.as<Conv2dSettings>();
  const HostArray &dy = *inputs[0], &w = *inputs[1];
  for (int64_t n = 0; n < dy.shape.n; ++n)
    for (int64_t o = 0; o < dy.shape.c; ++o)
      for (int64_t i = 0; i < dy.shape.h; ++i)
        for (int64_t j = 0; j < dy.shape.w; ++j)
          for (int64_t c = 0; c < y.shape.c; ++c)
            for (int64_t k = 0; k < w.shape.h; ++k)
              for (int64_t l = 0; l < w.shape.w; ++l) {
                const int64_t h = i * s.stride - s.padding + k;
                const int64_t v = j * s.stride - s.padding + l;
                if (h < 0 || v < 0 || h >= y.shape.h || v >= y.shape.w) continue;
                y.at(n, c, h, v) += dy.at(n, o, i, j) * w.at(o, c, k, l);
              }
}

Interval conv2d_reach(const Attributes& attributes, std::span<const Shape> inputs, Interval rows) {
  const auto s = attributes.as<Conv2dSettings>();
  const int64_t kernel = std::max(inputs[1].h, inputs[1].w);
  return {rows.low * s.stride - s.padding, rows.high * s.stride - s.padding + kernel - 1};
}

Interval conv2d_dx_reach(const Attributes& attributes, std::span<const Shape> inputs,
                         Interval rows) {
  const auto s = attributes.as<Conv2dSettings>();
  const int64_t kernel = std::max(inputs[1].h, inputs[1].w);
  return {ceil_div(rows.low + s.padding - (kernel - 1), s.stride),
          floor_div(rows.high + s.padding, s.stride)};
}

ConvFusedSettings plain(const Conv2dSettings& settings, bool transposed) {
  ConvFusedSettings fused;
  fused.conv = settings;
  fused.transposed = transposed;
  return fused;
}

void lower_conv2d(Lowering& l, const Node& node) {
  lower_convolution(l, node.shape, plain(node.attributes.as<Conv2dSettings>(), false));
}

void lower_conv2d_dx(Lowering& l, const Node& node) {
  lower_convolution(l, node.shape, plain(node.attributes.as<Conv2dSettings>(), true));
}

void lower_fused(Lowering& l, const Node& node) {
  lower_convolution(l, node.shape, node.attributes.as<ConvFusedSettings>());
}

Shape fused_shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto s = attributes.as<ConvFusedSettings>();
  if (s.transposed) return conv2d_dx_shape(inputs.first(2), s.conv);
  Shape x = inputs[0];
  x.h *= s.upsample;
  x.w *= s.upsample;
  return conv2d_shape(std::array{x, inputs[1]}, s.conv);
}

/// What of the input comes before the convolution, and the convolution that is left.
Tensor conv2d_of_input(Tensor x, Tensor w, const ConvFusedSettings& s) {
  Conv2dSettings conv = s.conv;
  if (s.upsample > 1) x = upsample_nearest(x, s.upsample);
  if (s.border != PadMode::zero) {
    const int p = std::exchange(conv.padding, 0);
    x = pad(x, {p, p, p, p}, s.border);
  }
  return conv2d(x, w, conv);
}

Tensor decompose_fused(std::span<const Tensor> inputs, const Attributes& attributes) {
  const auto s = attributes.as<ConvFusedSettings>();
  size_t next = 2;
  Tensor y = s.transposed ? conv2d_dx(inputs[0], inputs[1], s.conv)
                          : conv2d_of_input(inputs[0], inputs[1], s);
  if (s.has_bias) y = y + inputs[next++];
  if (s.has_slope) y = prelu(y, inputs[next++]);
  if (s.activation.operation != Unary::identity) y = y.graph().add(kUnary, {y}, s.activation);
  if (s.scale != 1) y = y * s.scale;
  if (s.has_residual) y = y + inputs[next++];
  return y;
}

/// x as the convolution finds it, upsampled and with its border.
HostArray prepared(const HostArray& x, const ConvFusedSettings& s, const StepParams& step) {
  const auto after = [&](const HostArray& given, const Op& op, const Attributes& attributes) {
    const HostArray* input = &given;
    const Shape shape = op.shape({&given.shape, 1}, attributes);
    HostArray result{shape, std::vector<double>(static_cast<size_t>(shape.elements()))};
    op.reference({&input, 1}, attributes, step, result);
    return result;
  };
  HostArray result = x;
  if (s.upsample > 1) result = after(result, kUpsampleNearest, s.upsample);
  const int p = s.conv.padding;
  if (s.border != PadMode::zero) result = after(result, kPad, PadSettings{{p, p, p, p}, s.border});
  return result;
}

void fused_reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
                     const StepParams& step, HostArray& y) {
  const auto s = attributes.as<ConvFusedSettings>();
  const HostArray x = prepared(*inputs[0], s, step);
  Conv2dSettings conv = s.conv;
  if (s.border != PadMode::zero) conv.padding = 0;
  const std::array given{&x, inputs[1]};
  (s.transposed ? conv2d_dx_reference : conv2d_reference)(given, conv, step, y);
  const HostArray* bias = s.has_bias ? inputs[2] : nullptr;
  const HostArray* slope = s.has_slope ? inputs[2 + s.has_bias] : nullptr;
  const HostArray* residual = s.has_residual ? inputs.back() : nullptr;
  for (size_t i = 0; i < y.values.size(); ++i) {
    const size_t channel =
        i / static_cast<size_t>(y.shape.h * y.shape.w) % static_cast<size_t>(y.shape.c);
    double& value = y.values[i];
    if (bias) value += bias->values[channel];
    if (slope && value < 0) value *= slope->values[slope->values.size() == 1 ? 0 : channel];
    value = apply(s.activation, value) * s.scale;
    if (residual) value += residual->values[i];
  }
}

/// The output in either type.
void types(const Attributes&, std::span<NumberType> inputs, NumberType&) {
  std::ranges::fill(inputs, NumberType::fp16);
}

void fused_types(const Attributes& attributes, std::span<NumberType> inputs, NumberType&) {
  const auto s = attributes.as<ConvFusedSettings>();
  for (size_t i = 0; i < inputs.size(); ++i)
    inputs[i] = i >= 2 && i < 2 + s.has_bias + s.has_slope ? NumberType::fp32 : NumberType::fp16;
}

// Convolution closes under differentiation with three ops: conv2d, conv2d_dx, conv2d_dw.

std::vector<Tensor> conv2d_grad(const Backward& b) {
  const auto s = b.attributes.as<Conv2dSettings>();
  const Tensor x = b.x[0], w = b.x[1];
  const auto side = [](int64_t k) { return static_cast<int>(k); };
  return {b.wanted[0] ? conv2d_dx_to(x.shape(), b.dy, w, s) : Tensor(),
          b.wanted[1] ? conv2d_dw(b.dy, x, side(w.shape().h), side(w.shape().w), s) : Tensor()};
}

std::vector<Tensor> conv2d_dx_grad(const Backward& b) {
  auto s = b.attributes.as<Conv2dSettings>();
  s.output_padding = 0;
  const Tensor dy = b.x[0], w = b.x[1], g = b.dy;
  const auto side = [](int64_t k) { return static_cast<int>(k); };
  return {b.wanted[0] ? conv2d(g, w, s) : Tensor(),
          b.wanted[1] ? conv2d_dw(dy, g, side(w.shape().h), side(w.shape().w), s) : Tensor()};
}

}  // namespace

const Op kConv2d = {.name = "conv2d",
                    .shape = conv2d_shape,
                    .lower = lower_conv2d,
                    .reference = conv2d_reference,
                    .reach = conv2d_reach,
                    .grad = conv2d_grad,
                    .types = types};
const Op kConv2dDx = {.name = "conv2d_dx",
                      .shape = conv2d_dx_shape,
                      .lower = lower_conv2d_dx,
                      .reference = conv2d_dx_reference,
                      .reach = conv2d_dx_reach,
                      .grad = conv2d_dx_grad,
                      .types = types};
const Op kConvFused = {.name = "conv_fused",
                       .shape = fused_shape,
                       .lower = lower_fused,
                       .reference = fused_reference,
                       .decompose = decompose_fused,
                       .types = fused_types};

Tensor conv2d(Tensor x, Tensor w, Conv2dSettings settings) {
  return x.graph().add(kConv2d, {x, w}, settings);
}

Tensor conv2d_dx(Tensor dy, Tensor w, Conv2dSettings settings) {
  return dy.graph().add(kConv2dDx, {dy, w}, settings);
}

Tensor conv2d_dx_to(Shape shape, Tensor dy, Tensor w, Conv2dSettings settings) {
  // How far a convolution's last step stays from the edge may differ between rows and columns.
  settings.output_padding = 0;
  const int64_t rows = shape.h - conv_dx_size(dy.shape().h, w.shape().h, settings);
  const int64_t columns = shape.w - conv_dx_size(dy.shape().w, w.shape().w, settings);
  settings.output_padding = static_cast<int>(std::max(rows, columns));
  const Tensor dx = conv2d_dx(dy, w, settings);
  if (rows == columns) return dx;
  return crop(dx, {.bottom = std::max(0, static_cast<int>(columns - rows)),
                   .right = std::max(0, static_cast<int>(rows - columns))});
}

}  // namespace imago

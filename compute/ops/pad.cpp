#include <algorithm>

#include "compute/graph/op.h"
#include "compute/ops/ops.h"
#include "compute/ops/planes.h"
#include "compute/ops/settings.h"
#include "compute/ops/texels.h"

namespace imago {
namespace {

constexpr uint32_t kPadModeId = 10;  // of the constant in shaders/include/padding.glsl

Shape shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto [b, mode] = attributes.as<PadSettings>();
  Shape result = inputs[0];
  if (std::min({b.top, b.bottom, b.left, b.right}) < 0)
    throw_shape_error("pad", "the padding is negative", inputs);
  if (mode == PadMode::reflect &&
      (std::max(b.top, b.bottom) >= result.h || std::max(b.left, b.right) >= result.w))
    throw_shape_error("pad", "a reflected border must be narrower than the picture", inputs);
  result.h += int64_t{b.top} + b.bottom;
  result.w += int64_t{b.left} + b.right;
  return result;
}

void lower(Lowering& l, const Node& node) {
  const auto [border, mode] = node.attributes.as<PadSettings>();
  const Shape &x = l.input_shape(0), &y = node.shape;
  struct Push {
    uint32_t pixels, width;
    int32_t x_height, x_width, top, left;
  };
  Push push = {static_cast<uint32_t>(y.h * y.w),
               static_cast<uint32_t>(y.w),
               static_cast<int32_t>(x.h),
               static_cast<int32_t>(x.w),
               border.top,
               border.left};
  Dispatch dispatch{.kernel = "pad",
                    .constants = {static_cast<uint32_t>(mode)},
                    .bindings = {l.input(0), l.output()},
                    .push = push,
                    .flops = static_cast<double>(y.elements())};
  if (prefers_texels(l.device(), x.elements()) && y.h * y.w % 4 == 0 && y.w >= 4) {
    push.pixels /= 4;
    dispatch.kernel = "pad_texel";
    dispatch.constants = {};
    dispatch.constants.set(kPadModeId, static_cast<uint32_t>(mode));
    dispatch.push = push;
  }
  l.dispatch(over_planes(l, push.pixels, y.c, y.n, std::move(dispatch)));
}

/// Where position `i` outside 0…size-1 takes its value from; -1: it is zero.
int64_t source(int64_t i, int64_t size, PadMode mode) {
  if (i >= 0 && i < size) return i;
  if (mode == PadMode::zero) return -1;
  if (mode == PadMode::replicate) return i < 0 ? 0 : size - 1;
  return i < 0 ? -i : size - 1 - (i - (size - 1));
}

void reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
               const StepParams&, HostArray& y) {
  const auto [border, mode] = attributes.as<PadSettings>();
  const HostArray& x = *inputs[0];
  for (int64_t n = 0; n < y.shape.n; ++n)
    for (int64_t c = 0; c < y.shape.c; ++c)
      for (int64_t h = 0; h < y.shape.h; ++h)
        for (int64_t w = 0; w < y.shape.w; ++w) {
          const int64_t i = source(h - border.top, x.shape.h, mode);
          const int64_t j = source(w - border.left, x.shape.w, mode);
          if (i >= 0 && j >= 0) y.at(n, c, h, w) = x.at(n, c, i, j);
        }
}

/// As if the picture went on: what a border repeats lies no further from a pixel of the picture
/// than the border itself.
Interval reach(const Attributes& attributes, std::span<const Shape>, Interval rows) {
  const Padding b = attributes.as<PadSettings>().border;
  return {rows.low - std::max(b.top, b.left), rows.high - std::min(b.top, b.left)};
}

std::vector<Tensor> grad(const Backward& b) {
  const auto [border, mode] = b.attributes.as<PadSettings>();
  return {pad_dx(b.dy, border, mode)};
}

}  // namespace

const Op kPad = {.name = "pad",
                 .shape = shape,
                 .lower = lower,
                 .reference = reference,
                 .reach = reach,
                 .grad = grad,
                 .types = type_of_first};

namespace {

// The gradient with respect to x: to each pixel of x, the sum over where it was repeated.

Shape dx_shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const Padding b = attributes.as<PadSettings>().border;
  Shape result = inputs[0];
  result.h -= int64_t{b.top} + b.bottom;
  result.w -= int64_t{b.left} + b.right;
  return result;
}

void lower_dx(Lowering& l, const Node& node) {
  const auto [border, mode] = node.attributes.as<PadSettings>();
  const Shape &dy = l.input_shape(0), &dx = node.shape;
  struct Push {
    uint32_t pixels;
    int32_t height, width, dy_height, dy_width, top, left;
  };
  const auto i32 = [](int64_t v) { return static_cast<int32_t>(v); };
  if (mode == PadMode::reflect && dx.w % 4 == 0 && prefers_flat_texels(l.device(), dy.elements())) {
    struct FoursPush {
      uint32_t fours, across;
      int32_t height, width, dy_height, dy_width, top, left;
    };
    const int64_t across = dx.w / 4, fours = dx.h * across;
    return l.dispatch(over_planes(
        l, fours, dx.c, dx.n,
        {.kernel = "pad_dx_texel",
         .constants = {},
         .bindings = {as_texels4(l.input(0)), l.output()},
         .push = FoursPush{static_cast<uint32_t>(fours), static_cast<uint32_t>(across), i32(dx.h),
                           i32(dx.w), i32(dy.h), i32(dy.w), border.top, border.left},
         .flops = static_cast<double>(dy.elements())}));
  }
  l.dispatch(over_planes(l, dx,
                         {.kernel = "pad_dx",
                          .constants = {static_cast<uint32_t>(mode)},
                          .bindings = {l.input(0), l.output()},
                          .push = Push{static_cast<uint32_t>(dx.h * dx.w), i32(dx.h), i32(dx.w),
                                       i32(dy.h), i32(dy.w), border.top, border.left},
                          .flops = static_cast<double>(dy.elements())}));
}

/// Scatters instead of gathering as the kernel does.
void reference_dx(std::span<const HostArray* const> inputs, const Attributes& attributes,
                  const StepParams&, HostArray& dx) {
  const auto [border, mode] = attributes.as<PadSettings>();
  const HostArray& dy = *inputs[0];
  for (int64_t n = 0; n < dy.shape.n; ++n)
    for (int64_t c = 0; c < dy.shape.c; ++c)
      for (int64_t h = 0; h < dy.shape.h; ++h)
        for (int64_t w = 0; w < dy.shape.w; ++w) {
          const int64_t i = source(h - border.top, dx.shape.h, mode);
          const int64_t j = source(w - border.left, dx.shape.w, mode);
          if (i >= 0 && j >= 0) dx.at(n, c, i, j) += dy.at(n, c, h, w);
        }
}

std::vector<Tensor> grad_dx(const Backward& b) {
  const auto [border, mode] = b.attributes.as<PadSettings>();
  return {pad(b.dy, border, mode)};
}

const Op kPadDx = {.name = "pad_dx",
                   .shape = dx_shape,
                   .lower = lower_dx,
                   .reference = reference_dx,
                   .grad = grad_dx,
                   .types = type_of_first};

}  // namespace

Tensor pad(Tensor x, Padding padding, PadMode mode) {
  return x.graph().add(kPad, {x}, PadSettings{padding, mode});
}

Tensor pad_dx(Tensor dy, Padding padding, PadMode mode) {
  if (mode == PadMode::zero) return crop(dy, padding);
  return dy.graph().add(kPadDx, {dy}, PadSettings{padding, mode});
}

}  // namespace imago

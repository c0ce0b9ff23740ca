#include <algorithm>
#include <array>

#include "compute/graph/op.h"
#include "compute/ops/ops.h"
#include "compute/ops/planes.h"
#include "compute/ops/texels.h"

namespace imago {
namespace {

constexpr int kTaps = 4;
constexpr std::array<double, kTaps> kWeights = {0.125, 0.375, 0.375, 0.125};

struct Settings {
  Padding border;
  BlurScale scale;
};

Shape shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto [b, scale] = attributes.as<Settings>();
  Shape result = inputs[0];
  result.h = ceil_div(result.h * scale.up + b.top + b.bottom - (kTaps - 1), scale.down);
  result.w = ceil_div(result.w * scale.up + b.left + b.right - (kTaps - 1), scale.down);
  if (std::min(b.top, b.left) < 0 || std::min(b.bottom, b.right) < -1 ||
      std::max(b.top, b.left) >= kTaps || std::max(b.bottom, b.right) > kTaps)
    throw_shape_error("blur", "the border is not 0 to 3 pixels wide", inputs);
  if (std::min(scale.up, scale.down) != 1 || std::max(scale.up, scale.down) > 2)
    throw_shape_error("blur", "one of up and down is 1 and the other 1 or 2", inputs);
  if (result.h < 1 || result.w < 1) throw_shape_error("blur", "nothing is left over", inputs);
  return result;
}

void lower(Lowering& l, const Node& node) {
  const auto [border, scale] = node.attributes.as<Settings>();
  const Shape &x = l.input_shape(0), &y = node.shape;
  const bool texels = prefers_flat_texels(l.device(), x.elements());
  const bool scaled = scale.up * scale.down != 1;
  // Runs of four pixels, or blocks of several rows of them.
  const int64_t rows = !texels ? 1 : scaled ? 2 : 4;
  const int64_t across = ceil_div(y.w, 4), runs = across * ceil_div(y.h, rows);
  struct Push {
    uint32_t runs, runs_across;
    int32_t height, width, x_height, x_width, top, left;
  };
  const auto i32 = [](int64_t v) { return static_cast<int32_t>(v); };
  const Push push = {static_cast<uint32_t>(runs),
                     static_cast<uint32_t>(across),
                     i32(y.h),
                     i32(y.w),
                     i32(x.h),
                     i32(x.w),
                     border.top,
                     border.left};
  Dispatch dispatch{
      .kernel = "blur",
      .constants = {},
      .bindings = {l.input(0), l.output()},
      .push = push,
      .flops = static_cast<double>(y.elements()) * 2 * kTaps * kTaps / (scale.up * scale.up)};
  if (scaled) {
    dispatch.kernel = "blur_scaled";
    dispatch.constants = {static_cast<uint32_t>(scale.up), static_cast<uint32_t>(scale.down)};
  }
  if (texels) {
    dispatch.kernel += "_texel";
    dispatch.bindings[0].texel4 = true;
    if (!scaled) dispatch.constants = {y.w % 4 == 0};
  }
  l.dispatch(over_planes(l, runs, y.c, y.n, std::move(dispatch)));
}

void reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
               const StepParams&, HostArray& y) {
  const auto [border, scale] = attributes.as<Settings>();
  const HostArray& x = *inputs[0];
  for (int64_t n = 0; n < y.shape.n; ++n)
    for (int64_t c = 0; c < y.shape.c; ++c)
      for (int64_t h = 0; h < y.shape.h; ++h)
        for (int64_t w = 0; w < y.shape.w; ++w)
          for (int64_t i = 0; i < kTaps; ++i)
            for (int64_t j = 0; j < kTaps; ++j) {
              const int64_t row = h * scale.down + i - border.top,
                            column = w * scale.down + j - border.left;
              if (row < 0 || row >= x.shape.h * scale.up || row % scale.up != 0) continue;
              if (column < 0 || column >= x.shape.w * scale.up || column % scale.up != 0) continue;
              y.at(n, c, h, w) += kWeights[static_cast<size_t>(i)] *
                                  kWeights[static_cast<size_t>(j)] *
                                  x.at(n, c, row / scale.up, column / scale.up);
            }
}

Interval reach(const Attributes& attributes, std::span<const Shape>, Interval rows) {
  const auto [b, scale] = attributes.as<Settings>();
  const int64_t first = rows.low * scale.down - std::max(b.top, b.left),
                last = rows.high * scale.down + (kTaps - 1) - std::min(b.top, b.left);
  return {floor_div(first, scale.up), floor_div(last, scale.up)};
}

/// The weights are the same from both ends: what was enlarged is reduced and the other way round.
std::vector<Tensor> grad(const Backward& b) {
  const auto [border, scale] = b.attributes.as<Settings>();
  const Shape &x = b.x[0].shape(), &y = b.dy.shape();
  // So wide that as many pixels are made as x has.
  const auto last = [&](int64_t size, int64_t of_dy, int first) {
    return static_cast<int>(size * scale.up - of_dy * scale.down + first);
  };
  return {blur(b.dy,
               {.top = kTaps - 1 - border.top,
                .bottom = last(x.h, y.h, border.top),
                .left = kTaps - 1 - border.left,
                .right = last(x.w, y.w, border.left)},
               {.up = scale.down, .down = scale.up})};
}

const Op kBlur = {.name = "blur",
                  .shape = shape,
                  .lower = lower,
                  .reference = reference,
                  .reach = reach,
                  .grad = grad,
                  .types = type_of_first};

}  // namespace

Tensor blur(Tensor x, Padding border, BlurScale scale) {
  return x.graph().add(kBlur, {x}, Settings{border, scale});
}

}  // namespace imago

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

Shape shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto b = attributes.as<Padding>();
  Shape result = inputs[0];
  result.h += int64_t{b.top} + b.bottom - (kTaps - 1);
  result.w += int64_t{b.left} + b.right - (kTaps - 1);
  if (std::min({b.top, b.bottom, b.left, b.right}) < 0 ||
      std::max({b.top, b.bottom, b.left, b.right}) >= kTaps)
    throw_shape_error("blur", "the border is not 0 to 3 pixels wide", inputs);
  if (result.h < 1 || result.w < 1) throw_shape_error("blur", "nothing is left over", inputs);
  return result;
}

void lower(Lowering& l, const Node& node) {
  const auto border = node.attributes.as<Padding>();
  const Shape &x = l.input_shape(0), &y = node.shape;
  const bool texels = prefers_flat_texels(l.device(), x.elements());
  // Runs of four pixels, or blocks of four rows of them.
  const int64_t across = ceil_div(y.w, 4), runs = across * (texels ? ceil_div(y.h, 4) : y.h);
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
  Dispatch dispatch{.kernel = "blur",
                    .constants = {},
                    .bindings = {l.input(0), l.output()},
                    .push = push,
                    .groups = plane_groups(l, runs, y.c, y.n),
                    .flops = static_cast<double>(y.elements()) * 2 * kTaps * kTaps};
  if (texels) {
    dispatch.kernel = "blur_texel";
    dispatch.constants = {y.w % 4 == 0};
    dispatch.bindings[0].texel4 = true;
  }
  l.dispatch(std::move(dispatch));
}

void reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
               const StepParams&, HostArray& y) {
  const auto border = attributes.as<Padding>();
  const HostArray& x = *inputs[0];
  for (int64_t n = 0; n < y.shape.n; ++n)
    for (int64_t c = 0; c < y.shape.c; ++c)
      for (int64_t h = 0; h < y.shape.h; ++h)
        for (int64_t w = 0; w < y.shape.w; ++w)
          for (int64_t i = 0; i < kTaps; ++i)
            for (int64_t j = 0; j < kTaps; ++j) {
              const int64_t row = h + i - border.top, column = w + j - border.left;
              if (row < 0 || row >= x.shape.h || column < 0 || column >= x.shape.w) continue;
              y.at(n, c, h, w) += kWeights[static_cast<size_t>(i)] *
                                  kWeights[static_cast<size_t>(j)] * x.at(n, c, row, column);
            }
}

Interval reach(const Attributes& attributes, std::span<const Shape>, Interval rows) {
  const auto b = attributes.as<Padding>();
  return {rows.low - std::max(b.top, b.left), rows.high + (kTaps - 1) - std::min(b.top, b.left)};
}

/// The weights are the same from both ends.
std::vector<Tensor> grad(const Backward& b) {
  const auto border = b.attributes.as<Padding>();
  const auto rest = [](int side) { return kTaps - 1 - side; };
  return {
      blur(b.dy, {rest(border.top), rest(border.bottom), rest(border.left), rest(border.right)})};
}

const Op kBlur = {.name = "blur",
                  .shape = shape,
                  .lower = lower,
                  .reference = reference,
                  .reach = reach,
                  .grad = grad,
                  .types = type_of_first};

}  // namespace

Tensor blur(Tensor x, Padding border) { return x.graph().add(kBlur, {x}, border); }

}  // namespace imago

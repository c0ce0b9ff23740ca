#include <algorithm>
#include <cmath>

#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/intervals.h"
#include "compute/ops/planes.h"

namespace imago {
namespace {

Shape shape(const char* op, std::span<const Shape> inputs, const Attributes& attributes) {
  const int r = attributes.as<int>();
  const Shape& x = inputs[0];
  if (r < 1) throw_shape_error(op, "the factor is below 1", inputs);
  return {x.n, x.c, x.h * r, x.w * r};
}

Shape nearest_shape(std::span<const Shape> inputs, const Attributes& attributes) {
  return shape("upsample_nearest", inputs, attributes);
}
Shape bilinear_shape(std::span<const Shape> inputs, const Attributes& attributes) {
  return shape("upsample_bilinear", inputs, attributes);
}

void lower(Lowering& l, const Node& node, bool bilinear) {
  const Shape &x = l.input_shape(0), &y = node.shape;
  struct Push {
    uint32_t pixels, width;
    int32_t x_height, x_width;
  };
  l.dispatch({.kernel = "upsample",
              .constants = {bilinear, static_cast<uint32_t>(node.attributes.as<int>())},
              .bindings = {l.input(0), l.output()},
              .push = Push{static_cast<uint32_t>(y.h * y.w), static_cast<uint32_t>(y.w),
                           static_cast<int32_t>(x.h), static_cast<int32_t>(x.w)},
              .groups = plane_groups(l, y),
              .flops = static_cast<double>(y.elements()) * (bilinear ? 8 : 1)});
}

void lower_nearest(Lowering& l, const Node& node) { lower(l, node, false); }
void lower_bilinear(Lowering& l, const Node& node) { lower(l, node, true); }

void nearest_reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
                       const StepParams&, HostArray& y) {
  const int r = attributes.as<int>();
  for (int64_t n = 0; n < y.shape.n; ++n)
    for (int64_t c = 0; c < y.shape.c; ++c)
      for (int64_t h = 0; h < y.shape.h; ++h)
        for (int64_t w = 0; w < y.shape.w; ++w)
          y.at(n, c, h, w) = inputs[0]->at(n, c, h / r, w / r);
}

/// The weight of each pixel of x by its distance (a tent), the border repeated without end.
void bilinear_reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
                        const StepParams&, HostArray& y) {
  const int r = attributes.as<int>();
  const HostArray& x = *inputs[0];
  const auto at = [r](int64_t i) { return (static_cast<double>(i) + 0.5) / r - 0.5; };
  const auto tent = [](double d) { return std::max(0.0, 1 - std::abs(d)); };
  for (int64_t n = 0; n < y.shape.n; ++n)
    for (int64_t c = 0; c < y.shape.c; ++c)
      for (int64_t h = 0; h < y.shape.h; ++h)
        for (int64_t w = 0; w < y.shape.w; ++w)
          for (int64_t i = h / r - 1; i <= h / r + 1; ++i)
            for (int64_t j = w / r - 1; j <= w / r + 1; ++j)
              y.at(n, c, h, w) += tent(at(h) - static_cast<double>(i)) *
                                  tent(at(w) - static_cast<double>(j)) *
                                  x.at(n, c, std::clamp<int64_t>(i, 0, x.shape.h - 1),
                                       std::clamp<int64_t>(j, 0, x.shape.w - 1));
}

Interval nearest_reach(const Attributes& attributes, std::span<const Shape>, Interval rows) {
  const int r = attributes.as<int>();
  return {floor_div(rows.low, r), floor_div(rows.high, r)};
}

Interval bilinear_reach(const Attributes& attributes, std::span<const Shape>, Interval rows) {
  const int r = attributes.as<int>();
  return {floor_div(2 * rows.low + 1 - r, 2 * r), ceil_div(2 * rows.high + 1 - r, 2 * r)};
}

const Op kUpsampleNearest = {.name = "upsample_nearest",
                             .shape = nearest_shape,
                             .lower = lower_nearest,
                             .reference = nearest_reference,
                             .reach = nearest_reach};
const Op kUpsampleBilinear = {.name = "upsample_bilinear",
                              .shape = bilinear_shape,
                              .lower = lower_bilinear,
                              .reference = bilinear_reference,
                              .reach = bilinear_reach};

}  // namespace

Tensor upsample_nearest(Tensor x, int factor) {
  return x.graph().add(kUpsampleNearest, {x}, factor);
}
Tensor upsample_bilinear(Tensor x, int factor) {
  return x.graph().add(kUpsampleBilinear, {x}, factor);
}

}  // namespace imago

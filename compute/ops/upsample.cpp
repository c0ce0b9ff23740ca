#include <algorithm>
#include <cmath>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/ops/intervals.h"
#include "compute/ops/ops.h"
#include "compute/ops/planes.h"
#include "compute/ops/settings.h"
#include "compute/ops/texels.h"

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

constexpr int kMostTexels = 4;  // of a row that one invocation stores

void lower(Lowering& l, const Node& node, bool bilinear) {
  const Shape &x = l.input_shape(0), &y = node.shape;
  const int r = node.attributes.as<int>();
  if (!bilinear && r <= kMostTexels && x.w % 4 == 0 &&
      prefers_flat_texels(l.device(), x.elements())) {
    struct Push {
      uint32_t texels, across;
    };
    return l.dispatch(over_planes(
        l, x.h * x.w / 4, x.c, x.n,
        {.kernel = "upsample_nearest_texel",
         .constants = {static_cast<uint32_t>(r)},
         .bindings = {as_texels4(l.input(0)), l.output()},
         .push = Push{static_cast<uint32_t>(x.h * x.w / 4), static_cast<uint32_t>(x.w / 4)},
         .flops = static_cast<double>(y.elements())}));
  }
  struct Push {
    uint32_t pixels, width;
    int32_t x_height, x_width;
  };
  l.dispatch(over_planes(l, y,
                         {.kernel = "upsample",
                          .constants = {bilinear, static_cast<uint32_t>(r)},
                          .bindings = {l.input(0), l.output()},
                          .push = Push{static_cast<uint32_t>(y.h * y.w), static_cast<uint32_t>(y.w),
                                       static_cast<int32_t>(x.h), static_cast<int32_t>(x.w)},
                          .flops = static_cast<double>(y.elements()) * (bilinear ? 8 : 1)}));
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

std::vector<Tensor> nearest_grad(const Backward& b) {
  return {upsample_nearest_dx(b.dy, b.attributes.as<int>())};
}

Shape bilinear_dx_shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const int r = attributes.as<int>();
  const Shape& dy = inputs[0];
  if (r < 1 || dy.h % r != 0 || dy.w % r != 0)
    throw_shape_error("upsample_bilinear_dx",
                      "the sides of dy are not multiples of " + std::to_string(r), inputs);
  return {dy.n, dy.c, dy.h / r, dy.w / r};
}

void lower_bilinear_dx(Lowering& l, const Node& node) {
  const Shape &dy = l.input_shape(0), &dx = node.shape;
  struct Push {
    uint32_t pixels;
    int32_t height, width;
  };
  const int r = node.attributes.as<int>();
  l.dispatch(over_planes(l, dx,
                         {.kernel = "upsample_bilinear_dx",
                          .constants = {static_cast<uint32_t>(r)},
                          .bindings = {l.input(0), l.output()},
                          .push = Push{static_cast<uint32_t>(dx.h * dx.w),
                                       static_cast<int32_t>(dx.h), static_cast<int32_t>(dx.w)},
                          .flops = static_cast<double>(dy.elements()) * 8}));
}

/// Scatters what bilinear_reference gathers.
void bilinear_dx_reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
                           const StepParams&, HostArray& dx) {
  const int r = attributes.as<int>();
  const HostArray& dy = *inputs[0];
  const auto at = [r](int64_t i) { return (static_cast<double>(i) + 0.5) / r - 0.5; };
  const auto tent = [](double d) { return std::max(0.0, 1 - std::abs(d)); };
  for (int64_t n = 0; n < dy.shape.n; ++n)
    for (int64_t c = 0; c < dy.shape.c; ++c)
      for (int64_t h = 0; h < dy.shape.h; ++h)
        for (int64_t w = 0; w < dy.shape.w; ++w)
          for (int64_t i = h / r - 1; i <= h / r + 1; ++i)
            for (int64_t j = w / r - 1; j <= w / r + 1; ++j)
              dx.at(n, c, std::clamp<int64_t>(i, 0, dx.shape.h - 1),
                    std::clamp<int64_t>(j, 0, dx.shape.w - 1)) +=
                  tent(at(h) - static_cast<double>(i)) * tent(at(w) - static_cast<double>(j)) *
                  dy.at(n, c, h, w);
}

std::vector<Tensor> bilinear_grad(const Backward& b) {
  return {upsample_bilinear_dx(b.dy, b.attributes.as<int>())};
}
std::vector<Tensor> bilinear_dx_grad(const Backward& b) {
  return {upsample_bilinear(b.dy, b.attributes.as<int>())};
}

}  // namespace

const Op kUpsampleNearest = {.name = "upsample_nearest",
                             .shape = nearest_shape,
                             .lower = lower_nearest,
                             .reference = nearest_reference,
                             .reach = nearest_reach,
                             .grad = nearest_grad,
                             .types = type_of_first};

namespace {

const Op kUpsampleBilinear = {.name = "upsample_bilinear",
                              .shape = bilinear_shape,
                              .lower = lower_bilinear,
                              .reference = bilinear_reference,
                              .reach = bilinear_reach,
                              .grad = bilinear_grad,
                              .types = type_of_first};
const Op kUpsampleBilinearDx = {.name = "upsample_bilinear_dx",
                                .shape = bilinear_dx_shape,
                                .lower = lower_bilinear_dx,
                                .reference = bilinear_dx_reference,
                                .grad = bilinear_dx_grad,
                                .types = type_of_first};

}  // namespace

Tensor upsample_nearest(Tensor x, int factor) {
  return x.graph().add(kUpsampleNearest, {x}, factor);
}
Tensor upsample_nearest_dx(Tensor dy, int r) {
  // The pixels of a block become channels.
  const Shape s = dy.shape();
  const Tensor blocks =
      reshape(pixel_unshuffle(dy, r), {s.n * s.c, int64_t{r} * r, s.h / r, s.w / r});
  return reshape(sum(blocks, {.c = true}), {s.n, s.c, s.h / r, s.w / r});
}
Tensor upsample_bilinear(Tensor x, int factor) {
  return x.graph().add(kUpsampleBilinear, {x}, factor);
}
Tensor upsample_bilinear_dx(Tensor dy, int factor) {
  return dy.graph().add(kUpsampleBilinearDx, {dy}, factor);
}

}  // namespace imago

#include "compute/ops/pixel_shuffle.h"

#include <string>

#include "compute/graph/op.h"
#include "compute/ops/intervals.h"
#include "compute/ops/ops.h"
#include "compute/ops/planes.h"
#include "compute/ops/texels.h"

namespace imago {
namespace {

Shape shuffle_shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const int r = attributes.as<int>();
  const Shape& x = inputs[0];
  if (r < 1) throw_shape_error("pixel_shuffle", "the factor is below 1", inputs);
  if (x.c % (int64_t{r} * r) != 0)
    throw_shape_error("pixel_shuffle",
                      "x has " + std::to_string(x.c) + " channels, not a multiple of " +
                          std::to_string(int64_t{r} * r),
                      inputs);
  return {x.n, x.c / (int64_t{r} * r), x.h * r, x.w * r};
}

Shape unshuffle_shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const int r = attributes.as<int>();
  const Shape& x = inputs[0];
  if (r < 1) throw_shape_error("pixel_unshuffle", "the factor is below 1", inputs);
  if (x.h % r != 0 || x.w % r != 0)
    throw_shape_error("pixel_unshuffle", "the sides of x are not multiples of " + std::to_string(r),
                      inputs);
  return {x.n, x.c * r * r, x.h / r, x.w / r};
}

constexpr int kMostTexels = 4;  // that one invocation moves

void lower(Lowering& l, const Node& node, bool unshuffle) {
  const Shape &x = l.input_shape(0), &y = node.shape;
  const int r = node.attributes.as<int>();
  const Shape &large = unshuffle ? x : y, &small = unshuffle ? y : x;
  if (r <= kMostTexels && small.w % 4 == 0 && prefers_flat_texels(l.device(), x.elements())) {
    struct Push {
      uint32_t runs, texels, across;
    };
    const int64_t runs = large.h * small.w / 4;
    return l.dispatch(over_planes(
        l, runs, large.c, large.n,
        {.kernel = "pixel_shuffle_texel",
         .constants = {unshuffle, static_cast<uint32_t>(r)},
         .bindings = {as_texels4(l.input(0)), l.output()},
         .push = Push{static_cast<uint32_t>(runs), static_cast<uint32_t>(small.h * small.w / 4),
                      static_cast<uint32_t>(small.w / 4)},
         .flops = static_cast<double>(y.elements())}));
  }
  struct Push {
    uint32_t pixels, width, x_pixels, x_width;
  };
  l.dispatch(
      over_planes(l, y,
                  {.kernel = "pixel_shuffle",
                   .constants = {unshuffle, static_cast<uint32_t>(r)},
                   .bindings = {l.input(0), l.output()},
                   .push = Push{static_cast<uint32_t>(y.h * y.w), static_cast<uint32_t>(y.w),
                                static_cast<uint32_t>(x.h * x.w), static_cast<uint32_t>(x.w)},
                   .flops = static_cast<double>(y.elements())}));
}

void lower_shuffle(Lowering& l, const Node& node) { lower(l, node, false); }
void lower_unshuffle(Lowering& l, const Node& node) { lower(l, node, true); }

/// Goes through the small picture with many channels and tells where in the large one each lies.
template <class Move>
void for_each_pair(const Shape& many_channels, int r, Move move) {
  const Shape& s = many_channels;
  for (int64_t n = 0; n < s.n; ++n)
    for (int64_t c = 0; c < s.c; ++c)
      for (int64_t h = 0; h < s.h; ++h)
        for (int64_t w = 0; w < s.w; ++w)
          move(n, c, h, w, c / (r * r), h * r + c / r % r, w * r + c % r);
}

void shuffle_reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
                       const StepParams&, HostArray& y) {
  const HostArray& x = *inputs[0];
  for_each_pair(x.shape, attributes.as<int>(),
                [&](int64_t n, int64_t c, int64_t h, int64_t w, int64_t k, int64_t i, int64_t j) {
                  y.at(n, k, i, j) = x.at(n, c, h, w);
                });
}

void unshuffle_reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
                         const StepParams&, HostArray& y) {
  const HostArray& x = *inputs[0];
  for_each_pair(y.shape, attributes.as<int>(),
                [&](int64_t n, int64_t c, int64_t h, int64_t w, int64_t k, int64_t i, int64_t j) {
                  y.at(n, c, h, w) = x.at(n, k, i, j);
                });
}

Interval shuffle_reach(const Attributes& attributes, std::span<const Shape>, Interval rows) {
  const int r = attributes.as<int>();
  return {floor_div(rows.low, r), floor_div(rows.high, r)};
}

Interval unshuffle_reach(const Attributes& attributes, std::span<const Shape>, Interval rows) {
  const int r = attributes.as<int>();
  return {rows.low * r, rows.high * r + r - 1};
}

std::vector<Tensor> shuffle_grad(const Backward& b) {
  return {pixel_unshuffle(b.dy, b.attributes.as<int>())};
}

std::vector<Tensor> unshuffle_grad(const Backward& b) {
  return {pixel_shuffle(b.dy, b.attributes.as<int>())};
}

const Op kPixelUnshuffle = {.name = "pixel_unshuffle",
                            .shape = unshuffle_shape,
                            .lower = lower_unshuffle,
                            .reference = unshuffle_reference,
                            .reach = unshuffle_reach,
                            .grad = unshuffle_grad,
                            .types = type_of_first};

}  // namespace

const Op kPixelShuffle = {.name = "pixel_shuffle",
                          .shape = shuffle_shape,
                          .lower = lower_shuffle,
                          .reference = shuffle_reference,
                          .reach = shuffle_reach,
                          .grad = shuffle_grad,
                          .types = type_of_first};
Tensor pixel_shuffle(Tensor x, int factor) { return x.graph().add(kPixelShuffle, {x}, factor); }
Tensor pixel_unshuffle(Tensor x, int factor) { return x.graph().add(kPixelUnshuffle, {x}, factor); }

}  // namespace imago

#include <cmath>
#include <string>

#include "compute/graph/op.h"
#include "compute/ops/intervals.h"
#include "compute/ops/ops.h"
#include "compute/ops/planes.h"

namespace imago {
namespace {

/// Takes the value of `v` where `x` is largest in each block, and its gradient with respect to v.
/// Both are linear in their first input and have each other's as a gradient.
Tensor max_pool_take(Tensor v, Tensor x, int factor);
Tensor max_pool_dx(Tensor dy, Tensor x, int factor);

Shape pooled(const char* op, std::span<const Shape> inputs, const Shape& x, int factor) {
  if (factor < 1) throw_shape_error(op, "the factor is below 1", inputs);
  if (x.h < factor || x.w < factor)
    throw_shape_error(op, "x is smaller than a block of " + std::to_string(factor), inputs);
  return {x.n, x.c, x.h / factor, x.w / factor};
}

Shape shape(std::span<const Shape> inputs, const Attributes& attributes) {
  return pooled("max_pool", inputs, inputs[0], attributes.as<int>());
}

Shape take_shape(std::span<const Shape> inputs, const Attributes& attributes) {
  if (inputs[0] != inputs[1]) throw_shape_error("max_pool_take", "v and x differ in shape", inputs);
  return pooled("max_pool_take", inputs, inputs[1], attributes.as<int>());
}

Shape dx_shape(std::span<const Shape> inputs, const Attributes& attributes) {
  if (inputs[0] != pooled("max_pool_dx", inputs, inputs[1], attributes.as<int>()))
    throw_shape_error("max_pool_dx", "dy has not a pixel for each block of x", inputs);
  return inputs[1];
}

void lower_pool(Lowering& l, const Node& node, ValueId v, bool takes) {
  const Shape &x = l.input_shape(0), &y = node.shape;
  struct Push {
    uint32_t pixels, width, x_pixels, x_width;
  };
  Binding taken = v;
  taken.unread = !takes;
  l.dispatch(
      over_planes(l, y,
                  {.kernel = "max_pool",
                   .constants = {static_cast<uint32_t>(node.attributes.as<int>()), takes},
                   .bindings = {l.input(takes ? 1 : 0), taken, l.output()},
                   .push = Push{static_cast<uint32_t>(y.h * y.w), static_cast<uint32_t>(y.w),
                                static_cast<uint32_t>(x.h * x.w), static_cast<uint32_t>(x.w)},
                   .flops = static_cast<double>(x.elements())}));
}

void lower(Lowering& l, const Node& node) { lower_pool(l, node, l.input(0), false); }
void lower_take(Lowering& l, const Node& node) { lower_pool(l, node, l.input(0), true); }

void lower_dx(Lowering& l, const Node& node) {
  const Shape &dy = l.input_shape(0), &x = node.shape;
  const int64_t r = node.attributes.as<int>();
  const int64_t down = (x.h + r - 1) / r, across = (x.w + r - 1) / r;
  struct Push {
    uint32_t blocks, across, height, width, dy_height, dy_width;
  };
  l.dispatch(
      over_planes(l, down * across, x.c, x.n,
                  {.kernel = "max_pool_dx",
                   .constants = {static_cast<uint32_t>(r)},
                   .bindings = {l.input(0), l.input(1), l.output()},
                   .push = Push{static_cast<uint32_t>(down * across), static_cast<uint32_t>(across),
                                static_cast<uint32_t>(x.h), static_cast<uint32_t>(x.w),
                                static_cast<uint32_t>(dy.h), static_cast<uint32_t>(dy.w)},
                   .flops = static_cast<double>(x.elements())}));
}

struct Place {
  int64_t h, w;
};

/// Of the largest of block (i, j) of a plane; what is not a number counts as the largest.
Place largest(const HostArray& x, int64_t n, int64_t c, int64_t i, int64_t j, int r) {
  Place place{i * r, j * r};
  for (int64_t h = i * r; h < (i + 1) * r; ++h)
    for (int64_t w = j * r; w < (j + 1) * r; ++w)
      if (std::isnan(x.at(n, c, h, w)) || x.at(n, c, h, w) > x.at(n, c, place.h, place.w))
        place = {h, w};
  return place;
}

template <class Visit>
void for_each_block(const HostArray& x, const Shape& y, int r, Visit visit) {
  for (int64_t n = 0; n < y.n; ++n)
    for (int64_t c = 0; c < y.c; ++c)
      for (int64_t i = 0; i < y.h; ++i)
        for (int64_t j = 0; j < y.w; ++j) visit(n, c, i, j, largest(x, n, c, i, j, r));
}

void take_reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
                    const StepParams&, HostArray& y) {
  for_each_block(*inputs.back(), y.shape, attributes.as<int>(),
                 [&](int64_t n, int64_t c, int64_t i, int64_t j, Place at) {
                   y.at(n, c, i, j) = inputs[0]->at(n, c, at.h, at.w);
                 });
}

void dx_reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
                  const StepParams&, HostArray& dx) {
  for_each_block(*inputs[1], inputs[0]->shape, attributes.as<int>(),
                 [&](int64_t n, int64_t c, int64_t i, int64_t j, Place at) {
                   dx.at(n, c, at.h, at.w) = inputs[0]->at(n, c, i, j);
                 });
}

Interval reach(const Attributes& attributes, std::span<const Shape>, Interval rows) {
  const int r = attributes.as<int>();
  return {rows.low * r, rows.high * r + r - 1};
}

std::vector<Tensor> grad(const Backward& b) {
  return {max_pool_dx(b.dy, b.x[0], b.attributes.as<int>())};
}
std::vector<Tensor> take_grad(const Backward& b) {
  return {b.wanted[0] ? max_pool_dx(b.dy, b.x[1], b.attributes.as<int>()) : Tensor(), Tensor()};
}
std::vector<Tensor> dx_grad(const Backward& b) {
  return {b.wanted[0] ? max_pool_take(b.dy, b.x[1], b.attributes.as<int>()) : Tensor(), Tensor()};
}

void same_types(const Attributes&, std::span<NumberType> inputs, NumberType& output) {
  if (inputs[0] != inputs[1]) inputs[0] = inputs[1] = NumberType::fp16;
  output = inputs[0];
}

const Op kMaxPool = {.name = "max_pool",
                     .shape = shape,
                     .lower = lower,
                     .reference = take_reference,
                     .reach = reach,
                     .grad = grad,
                     .types = type_of_first};
const Op kMaxPoolTake = {.name = "max_pool_take",
                         .shape = take_shape,
                         .lower = lower_take,
                         .reference = take_reference,
                         .grad = take_grad,
                         .types = same_types};
const Op kMaxPoolDx = {.name = "max_pool_dx",
                       .shape = dx_shape,
                       .lower = lower_dx,
                       .reference = dx_reference,
                       .grad = dx_grad,
                       .types = same_types};

Tensor max_pool_take(Tensor v, Tensor x, int factor) {
  return v.graph().add(kMaxPoolTake, {v, x}, factor);
}
Tensor max_pool_dx(Tensor dy, Tensor x, int factor) {
  return dy.graph().add(kMaxPoolDx, {dy, x}, factor);
}

}  // namespace

Tensor max_pool(Tensor x, int factor) { return x.graph().add(kMaxPool, {x}, factor); }

}  // namespace imago

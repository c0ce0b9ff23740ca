#include <algorithm>

#include "compute/graph/op.h"
#include "compute/ops/copy_block.h"
#include "compute/ops/ops.h"

namespace imago {
namespace {

Shape shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto m = attributes.as<Padding>();
  Shape result = inputs[0];
  result.h -= int64_t{m.top} + m.bottom;
  result.w -= int64_t{m.left} + m.right;
  if (std::min({m.top, m.bottom, m.left, m.right}) < 0)
    throw_shape_error("crop", "a margin is negative", inputs);
  if (result.h < 1 || result.w < 1)
    throw_shape_error("crop", "the margins leave nothing over", inputs);
  return result;
}

void lower(Lowering& l, const Node& node) {
  const auto m = node.attributes.as<Padding>();
  copy_block(l, node.shape,
             {.value = l.input(0), .shape = l.input_shape(0), .h = m.top, .w = m.left},
             {.value = l.output(), .shape = node.shape});
}

void reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
               const StepParams&, HostArray& y) {
  const auto m = attributes.as<Padding>();
  for (int64_t n = 0; n < y.shape.n; ++n)
    for (int64_t c = 0; c < y.shape.c; ++c)
      for (int64_t h = 0; h < y.shape.h; ++h)
        for (int64_t w = 0; w < y.shape.w; ++w)
          y.at(n, c, h, w) = inputs[0]->at(n, c, h + m.top, w + m.left);
}

Interval reach(const Attributes& attributes, std::span<const Shape>, Interval rows) {
  const auto m = attributes.as<Padding>();
  return {rows.low + std::min(m.top, m.left), rows.high + std::max(m.top, m.left)};
}

std::vector<Tensor> grad(const Backward& b) {
  return {pad(b.dy, b.attributes.as<Padding>(), PadMode::zero)};
}

const Op kCrop = {.name = "crop",
                  .shape = shape,
                  .lower = lower,
                  .reference = reference,
                  .reach = reach,
                  .grad = grad,
                  .types = type_of_first};

}  // namespace

Tensor crop(Tensor x, Padding margin) { return x.graph().add(kCrop, {x}, margin); }

}  // namespace imago

#include "compute/ops/convert.h"

#include "compute/graph/op.h"
#include "compute/plan/lowering.h"

namespace imago {
namespace {

Shape shape(std::span<const Shape> inputs, const Attributes&) { return inputs[0]; }

void lower(Lowering& l, const Node& node) {
  const auto count = static_cast<uint32_t>(node.shape.elements());
  l.dispatch({.kernel = node.type == NumberType::fp16 ? "narrow" : "widen",
              .constants = {},
              .bindings = {l.input(0), l.output()},
              .push = count,
              .groups = l.flat_fours(count),
              .flops = static_cast<double>(count)});
}

void reference(std::span<const HostArray* const> inputs, const Attributes&, const StepParams&,
               HostArray& y) {
  y.values = inputs[0]->values;
}

const Op kConvert = {.name = "convert", .shape = shape, .lower = lower, .reference = reference};

}  // namespace

Tensor convert(Tensor x, NumberType type) { return x.graph().add(kConvert, {x}, {}, type); }

}  // namespace imago

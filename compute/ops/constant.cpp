#include "compute/ops/constant.h"

#include <algorithm>

#include "compute/graph/op.h"
#include "compute/ops/ops.h"
#include "compute/plan/lowering.h"

namespace imago {
namespace {

struct Constant {
  Shape shape;
  float value;
};

Shape shape(std::span<const Shape>, const Attributes& attributes) {
  return attributes.as<Constant>().shape;
}

void lower(Lowering& l, const Node& node) {
  const int64_t count = node.shape.elements();
  struct Push {
    uint32_t count;
    float value;
  };
  l.dispatch({.kernel = "constant",
              .constants = {},
              .bindings = {l.output()},
              .push = Push{static_cast<uint32_t>(count), node.attributes.as<Constant>().value},
              .groups = l.flat_groups(count)});
}

void reference(std::span<const HostArray* const>, const Attributes& attributes, const StepParams&,
               HostArray& y) {
  std::fill(y.values.begin(), y.values.end(), attributes.as<Constant>().value);
}

const Op kConstant = {.name = "constant", .shape = shape, .lower = lower, .reference = reference};

}  // namespace

std::optional<float> constant_value(Tensor x) {
  const Node& node = x.graph().node(x.id());
  if (node.op != &kConstant) return std::nullopt;
  return node.attributes.as<Constant>().value;
}

Tensor constant(Graph& graph, Shape shape, float value) {
  return graph.add(kConstant, {}, Constant{shape, value});
}

}  // namespace imago

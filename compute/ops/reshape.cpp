// The same elements under another shape or without their history: both share the memory of x.
#include "compute/ops/reshape.h"

#include "compute/graph/op.h"
#include "compute/ops/ops.h"

namespace imago {
namespace {

Shape reshape_shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto to = attributes.as<Shape>();
  if (to.elements() != inputs[0].elements())
    throw_shape_error("reshape", "cannot become " + to_string(to), inputs);
  return to;
}

Shape detach_shape(std::span<const Shape> inputs, const Attributes&) { return inputs[0]; }

void reference(std::span<const HostArray* const> inputs, const Attributes&, const StepParams&,
               HostArray& output) {
  output.values = inputs[0]->values;
}

/// Where sides change, rows of the result are not rows of the input.
bool global(const Attributes& attributes, std::span<const Shape> inputs) {
  const auto to = attributes.as<Shape>();
  return to.h != inputs[0].h || to.w != inputs[0].w;
}

std::vector<Tensor> reshape_grad(const Backward& b) { return {reshape(b.dy, b.x[0].shape())}; }
std::vector<Tensor> detach_grad(const Backward&) { return {Tensor()}; }

const Op kDetach = {.name = "detach",
                    .shape = detach_shape,
                    .lower = nullptr,
                    .reference = reference,
                    .grad = detach_grad,
                    .memory = Op::Memory::view,
                    .types = type_of_first};

}  // namespace

const Op kReshape = {.name = "reshape",
                     .shape = reshape_shape,
                     .lower = nullptr,
                     .reference = reference,
                     .global = global,
                     .grad = reshape_grad,
                     .memory = Op::Memory::view,
                     .types = type_of_first};

Tensor reshape(Tensor x, Shape to) {
  return x.shape() == to ? x : x.graph().add(kReshape, {x}, to);
}
Tensor detach(Tensor x) { return x.graph().add(kDetach, {x}); }

}  // namespace imago

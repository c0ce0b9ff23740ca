#include "compute/ops/loss_scale.h"

#include "compute/graph/op.h"
#include "compute/plan/lowering.h"

namespace imago {
namespace {

struct LossScale {
  int slot;
  uint32_t inverse;
};

Shape shape(std::span<const Shape>, const Attributes&) { return {1, 1, 1, 1}; }

void lower(Lowering& l, const Node& node) {
  const auto s = node.attributes.as<LossScale>();
  l.dispatch({.kernel = "loss_scale",
              .constants = {static_cast<uint32_t>(s.slot), s.inverse},
              .bindings = {l.output(), l.step_params()},
              .push = {}});
}

void reference(std::span<const HostArray* const>, const Attributes& attributes,
               const StepParams& step, HostArray& y) {
  const auto s = attributes.as<LossScale>();
  const double scale = step.optimizers[static_cast<size_t>(s.slot)].loss_scale;
  y.values[0] = s.inverse ? 1 / scale : scale;
}

const Op kLossScale = {
    .name = "loss_scale", .shape = shape, .lower = lower, .reference = reference};

}  // namespace

Tensor loss_scale(Graph& graph, int slot) { return graph.add(kLossScale, {}, LossScale{slot, 0}); }
Tensor one_over_loss_scale(Graph& graph, int slot) {
  return graph.add(kLossScale, {}, LossScale{slot, 1});
}

}  // namespace imago

#include "compute/ops/update.h"

#include <cmath>

#include "compute/ops/texels.h"
#include "compute/plan/lowering.h"

namespace imago {
namespace {

Shape shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto s = attributes.as<UpdateSettings>();
  if (s.guarded && inputs.back() != Shape{1, 1, 1, 1})
    throw_shape_error("update", "the guard must be one number", inputs);
  for (const Shape& other : inputs.first(inputs.size() - s.guarded))
    if (other != inputs[0]) throw_shape_error("update", "the shapes differ", inputs);
  if (s.slot < 0 || s.slot >= StepParams::kOptimizers)
    throw_shape_error("update", "there is no optimizer " + std::to_string(s.slot), inputs);
  return inputs[0];
}

struct Push {
  uint32_t count;
  int32_t slot;
  uint32_t has_moment;
  uint32_t padding = 0;  // of the vector that follows
  std::array<float, 4> factors;
};

void lower(Lowering& l, const Node& node) {
  const auto s = node.attributes.as<UpdateSettings>();
  const int64_t count = node.shape.elements();
  const size_t inputs = node.inputs.size() - s.guarded;
  const ValueId p = l.input(0), g = l.input(1);
  // Where there are no moments, anything may be bound in their place.
  const ValueId first = inputs > 2 ? l.input(2) : p, second = inputs > 3 ? l.input(3) : p;
  Binding guard = s.guarded ? l.input(inputs) : p;
  guard.unread = !s.guarded;
  Dispatch update{.kernel = "update",
                  .constants = {static_cast<uint32_t>(s.kind), s.guarded},
                  .bindings = {p, g, first, second, l.step_params()},
                  .push = Push{.count = static_cast<uint32_t>(count),
                               .slot = s.slot,
                               .has_moment = inputs > 2,
                               .factors = s.factors},
                  .groups = l.flat_fours(count),
                  .flops = static_cast<double>(count) * 10};
  if (prefers_flat_texels(l.device(), count)) {
    update.kernel = "update_texel";
    for (size_t b = 0; b < 4; ++b) update.bindings[b].texel4 = true;
    for (const ValueId written : {p, first, second}) update.bindings.push_back(written);
    update.groups = texel_groups(l, count);
  }
  update.bindings.push_back(guard);
  l.dispatch(std::move(update));
}

void reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
               const StepParams& params, HostArray& output) {
  const auto s = attributes.as<UpdateSettings>();
  const OptimizerStep& step = params.optimizers[static_cast<size_t>(s.slot)];
  const auto& [a, b, epsilon, decay] = s.factors;
  const size_t count = inputs.size() - s.guarded;
  if (s.guarded && !std::isfinite(inputs[count]->values[0])) {
    output.values = inputs[0]->values;
    return;
  }
  const double scale = s.guarded ? double{step.loss_scale} : 1;
  for (size_t i = 0; i < output.values.size(); ++i) {
    const double p = inputs[0]->values[i];
    const double g = inputs[1]->values[i] / scale + double{decay} * p;
    const auto moment = [&](size_t k) { return count > k ? inputs[k]->values[i] : 0.0; };
    if (s.kind == Update::average_of_finite && !std::isfinite(inputs[1]->values[i])) {
      output.values[i] = p;
    } else if (s.kind == Update::average || s.kind == Update::average_of_finite) {
      output.values[i] = p + double{a} * (inputs[1]->values[i] - p);
    } else if (s.kind == Update::sgd) {
      output.values[i] = p - double{step.learning_rate} * (double{a} * moment(2) + g);
    } else {
      const double m = double{a} * moment(2) + (1 - double{a}) * g;
      const double v = double{b} * moment(3) + (1 - double{b}) * g * g;
      output.values[i] = p - double{step.learning_rate} * m * double{step.first_correction} /
                                 (std::sqrt(v * double{step.second_correction}) + double{epsilon});
    }
  }
}

}  // namespace

const Op kUpdate = {.name = "update",
                    .shape = shape,
                    .lower = lower,
                    .reference = reference,
                    .memory = Op::Memory::update};

}  // namespace imago

#include <vector>

#include "compute/graph/op.h"
#include "compute/ops/normalize_kernels.h"

namespace imago {
namespace {

constexpr Axes kBatch = {.n = true, .h = true, .w = true};

struct Settings {
  float epsilon;
  uint32_t of_variance;
  float factor;
};

Shape shape(std::span<const Shape> inputs, const Attributes&) { return {1, inputs[0].c, 1, 1}; }

void lower(Lowering& l, const Node& node) {
  const auto s = node.attributes.as<Settings>();
  const ValueId moments = lower_moments(l, l.input(0), l.input_shape(0), kBatch, s.epsilon);
  struct Push {
    uint32_t channels;
    float epsilon, factor;
  };
  const int64_t channels = node.shape.c;
  l.dispatch({.kernel = "batch_statistics",
              .constants = {s.of_variance},
              .bindings = {moments, l.output()},
              .push = Push{static_cast<uint32_t>(channels), s.epsilon, s.factor},
              .groups = l.flat_groups(channels),
              .flops = static_cast<double>(channels) * 4});
}

void reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
               const StepParams&, HostArray& y) {
  const auto s = attributes.as<Settings>();
  const HostArray& x = *inputs[0];
  const NormalizeGroups g = normalize_groups(x.shape, kBatch);
  for (int64_t channel = 0; channel < g.count; ++channel) {
    const ReferenceGroup of(g, channel, x);
    y.values[static_cast<size_t>(channel)] = s.of_variance ? s.factor * of.variance() : of.mean();
  }
}

bool global(const Attributes&, std::span<const Shape>) { return true; }

Tensor decompose(std::span<const Tensor> inputs, const Attributes& attributes) {
  const auto s = attributes.as<Settings>();
  const Tensor average = mean(inputs[0], kBatch);
  return s.of_variance ? mean(square(inputs[0] - average), kBatch) * s.factor : average;
}

/// x as whoever normalises it has it.
void types(const Attributes&, std::span<NumberType>, NumberType& output) {
  output = NumberType::fp32;
}

const Op kBatchStatistic = {.name = "batch_statistic",
                            .shape = shape,
                            .lower = lower,
                            .reference = reference,
                            .global = global,
                            .decompose = decompose,
                            .types = types,
                            .schedule_after_reader = true};

}  // namespace

Tensor batch_mean(Tensor x, float epsilon) {
  return x.graph().add(kBatchStatistic, {x}, Settings{epsilon, 0, 1});
}

Tensor batch_variance(Tensor x, float epsilon, float factor) {
  return x.graph().add(kBatchStatistic, {x}, Settings{epsilon, 1, factor});
}

}  // namespace imago

// One reading of x and one dispatch whatever its size, where sum(square(x)) takes up to five and
// writes the squares down: norms over all weights of a network are to cost next to nothing.
#include "compute/ops/square_sums.h"

#include "compute/graph/op.h"
#include "compute/ops/intervals.h"
#include "compute/ops/ops.h"
#include "compute/plan/lowering.h"

namespace imago {
namespace {

// As in shaders/square_sums.comp: a group's 64 results are of 32 rounds of 64 times 4 elements. A
// multiple of 64 results also means that concat takes them where they are computed.
constexpr int64_t kResults = 64, kRounds = 32, kFour = 4;
constexpr int64_t kElementsOfGroup = kResults * kRounds * kFour;

int64_t groups_of(const Shape& x) { return ceil_div(x.elements(), kElementsOfGroup); }

Shape shape(std::span<const Shape> inputs, const Attributes&) {
  return {1, groups_of(inputs[0]) * kResults, 1, 1};
}

void lower(Lowering& l, const Node& node) {
  struct Push {
    uint32_t count, results;
  };
  const int64_t count = l.input_shape(0).elements(), results = node.shape.c;
  Binding x = l.input(0);
  x.texel4 = l.device().kind == DeviceProperties::Kind::cpu && count % kFour == 0 &&
             count / kFour <= static_cast<int64_t>(l.device().max_texel_elements);
  l.dispatch({.kernel = x.texel4 ? "square_sums_texel" : "square_sums",
              .constants = {},
              .bindings = {x, l.output()},
              .push = Push{static_cast<uint32_t>(count), static_cast<uint32_t>(results)},
              .groups = l.flat_groups(results),
              .flops = static_cast<double>(count) * 2});
}

void reference(std::span<const HostArray* const> inputs, const Attributes&, const StepParams&,
               HostArray& y) {
  const std::vector<double>& x = inputs[0]->values;
  for (size_t e = 0; e < x.size(); ++e) {
    const size_t group = e / kElementsOfGroup, result = e / kFour % kResults;
    y.values[group * kResults + result] += x[e] * x[e];
  }
}

Tensor decompose(std::span<const Tensor> inputs, const Attributes&) {
  const Shape& shape = inputs[0].shape();
  const int64_t elements = shape.elements(), groups = groups_of(shape);
  const int missing = static_cast<int>(groups * kElementsOfGroup - elements);
  const Tensor row = reshape(inputs[0], {1, 1, 1, elements});
  const Tensor padded = missing == 0 ? row : pad(row, {.right = missing}, PadMode::zero);
  const Tensor dealt = reshape(padded, {groups, kRounds, kResults, kFour});
  return reshape(sum(square(dealt), {.c = true, .w = true}), {1, groups * kResults, 1, 1});
}

void types(const Attributes&, std::span<NumberType>, NumberType& output) {
  output = NumberType::fp32;
}

bool global(const Attributes&, std::span<const Shape>) { return true; }

}  // namespace

const Op kSquareSums = {.name = "square_sums",
                        .shape = shape,
                        .lower = lower,
                        .reference = reference,
                        .global = global,
                        .decompose = decompose,
                        .types = types,
                        .schedule_early = true};

Tensor square_sums(Tensor x) { return x.graph().add(kSquareSums, {x}); }

Tensor norm(const std::vector<Tensor>& tensors) {
  std::vector<Tensor> parts;
  for (const Tensor& tensor : tensors) parts.push_back(square_sums(tensor));
  return sqrt(sum(concat(parts), {.c = true}));
}

}  // namespace imago

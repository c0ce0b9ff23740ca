#include <string>

#include "compute/graph/op.h"
#include "compute/ops/copy_block.h"
#include "compute/ops/ops.h"
#include "compute/ops/settings.h"

namespace imago {
namespace {

Shape shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto s = attributes.as<SliceSettings>();
  Shape result = inputs[0];
  if (s.begin < 0 || s.begin >= s.end || s.end > result.c)
    throw_shape_error("slice_channels",
                      "x has " + std::to_string(result.c) + " channels, asked for " +
                          std::to_string(s.begin) + " to " + std::to_string(s.end),
                      inputs);
  result.c = s.end - s.begin;
  return result;
}

void lower(Lowering& l, const Node& node) {
  const auto s = node.attributes.as<SliceSettings>();
  copy_block(l, node.shape, {.value = l.input(0), .shape = l.input_shape(0), .c = s.begin},
             {.value = l.output(), .shape = node.shape});
}

void reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
               const StepParams&, HostArray& y) {
  const auto s = attributes.as<SliceSettings>();
  for (int64_t n = 0; n < y.shape.n; ++n)
    for (int64_t c = 0; c < y.shape.c; ++c)
      for (int64_t h = 0; h < y.shape.h; ++h)
        for (int64_t w = 0; w < y.shape.w; ++w)
          y.at(n, c, h, w) = inputs[0]->at(n, s.begin + c, h, w);
}

std::vector<Tensor> grad(const Backward& b) {
  const auto s = b.attributes.as<SliceSettings>();
  Shape zeros = b.x[0].shape();
  const int64_t channels = zeros.c;
  std::vector<Tensor> parts;
  const auto add_zeros = [&](int64_t count) {
    zeros.c = count;
    if (count > 0) parts.push_back(constant(b.dy.graph(), zeros, 0));
  };
  add_zeros(s.begin);
  parts.push_back(b.dy);
  add_zeros(channels - s.end);
  return {parts.size() == 1 ? parts[0] : concat(parts)};
}

const Op kSliceChannels = {.name = "slice_channels",
                           .shape = shape,
                           .lower = lower,
                           .reference = reference,
                           .grad = grad,
                           .types = type_of_first};

}  // namespace

Tensor slice_channels(Tensor x, int begin, int end) {
  return x.graph().add(kSliceChannels, {x}, SliceSettings{begin, end});
}

}  // namespace imago

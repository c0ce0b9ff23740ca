#include <algorithm>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/ops/copy_block.h"
#include "compute/ops/ops.h"

namespace imago {
namespace {

Shape shape(std::span<const Shape> inputs, const Attributes&) {
  Shape result = inputs[0];
  result.c = 0;
  for (const Shape& part : inputs) {
    if (part.n != result.n || part.h != result.h || part.w != result.w)
      throw_shape_error("concat", "the parts differ in more than their channels", inputs);
    result.c += part.c;
  }
  return result;
}

void lower(Lowering& l, const Node& node) {
  BlockPlace to{l.output(), node.shape};
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const Shape& part = l.input_shape(i);
    copy_block(l, part, {l.input(i), part}, to);
    to.c += part.c;
  }
}

void reference(std::span<const HostArray* const> inputs, const Attributes&, const StepParams&,
               HostArray& y) {
  int64_t begin = 0;
  for (const HostArray* x : inputs) {
    for (int64_t n = 0; n < x->shape.n; ++n)
      for (int64_t c = 0; c < x->shape.c; ++c)
        for (int64_t h = 0; h < x->shape.h; ++h)
          for (int64_t w = 0; w < x->shape.w; ++w) y.at(n, begin + c, h, w) = x->at(n, c, h, w);
    begin += x->shape.c;
  }
}

void types(const Attributes&, std::span<NumberType> inputs, NumberType& output) {
  const bool any = std::ranges::find(inputs, NumberType::fp16) != inputs.end();
  output = any ? NumberType::fp16 : NumberType::fp32;
  std::ranges::fill(inputs, output);
}

std::vector<Tensor> grad(const Backward& b) {
  std::vector<Tensor> gradients;
  int begin = 0;
  for (size_t i = 0; i < b.x.size(); ++i) {
    const int end = begin + static_cast<int>(b.x[i].shape().c);
    gradients.push_back(b.wanted[i] ? slice_channels(b.dy, begin, end) : Tensor());
    begin = end;
  }
  return gradients;
}

const Op kConcat = {.name = "concat",
                    .shape = shape,
                    .lower = lower,
                    .reference = reference,
                    .grad = grad,
                    .types = types};

}  // namespace

Tensor concat(const std::vector<Tensor>& parts) {
  if (parts.empty() || !parts[0]) throw ShapeError("concat: there are no parts");
  return parts[0].graph().add(kConcat, parts);
}

}  // namespace imago

#include "compute/ops/bytes.h"

#include <algorithm>
#include <string>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/plan/lowering.h"

namespace imago {
namespace {

constexpr Shape kTable = {1, 1, 1, 256}, kTables = {1, 1, 3, 256};

struct FromAttributes {
  FromBytes how;
  int channels, height, width;
};

struct Range {
  float low, range;
};

Shape from_shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto a = attributes.as<FromAttributes>();
  const Shape shape = {1, a.channels, a.height, a.width};
  const int64_t bytes = int64_t{a.how.samples} * a.height * a.width;
  if (inputs[0] != Shape{1, 1, 1, words_of(bytes)})
    throw_shape_error("from_bytes", std::to_string(bytes) + " bytes are another number of words",
                      inputs);
  const bool weighed = inputs[1] == kTables && a.channels == 1 && a.how.samples >= 3;
  if (inputs[1] != kTable && !weighed)
    throw_shape_error("from_bytes", "levels is no table of 256, nor three of them for one plane",
                      inputs);
  return shape;
}

void lower_from(Lowering& l, const Node& node) {
  const auto a = node.attributes.as<FromAttributes>();
  const int64_t pixels = node.shape.h * node.shape.w;
  struct Push {
    uint32_t pixels;
    float low, range;
  };
  l.dispatch({.kernel = "from_bytes",
              .constants = {static_cast<uint32_t>(a.how.samples), static_cast<uint32_t>(a.channels),
                            l.input_shape(1) == kTables},
              .bindings = {l.input(0), l.input(1), l.output()},
              .push = Push{static_cast<uint32_t>(pixels), a.how.low, a.how.range},
              .groups = l.flat_groups(pixels),
              .flops = static_cast<double>(node.shape.elements())});
}

/// Words and tables are no numbers to be rounded; the picture in either type.
void from_types(const Attributes&, std::span<NumberType> inputs, NumberType&) {
  std::ranges::fill(inputs, NumberType::fp32);
}

Shape to_shape(std::span<const Shape> inputs, const Attributes&) {
  const Shape& x = inputs[0];
  if (x.n != 1) throw_shape_error("to_bytes", "x is more than one picture", inputs);
  if (inputs[1] != kTable) throw_shape_error("to_bytes", "thresholds is no table of 256", inputs);
  return {1, 1, 1, kByteHead + words_of(x.elements())};
}

void lower_to(Lowering& l, const Node& node) {
  const Shape& x = l.input_shape(0);
  const auto range = node.attributes.as<Range>();
  const int64_t head_bytes = kByteHead * 4, bytes = node.shape.bytes();
  struct Zero {
    uint32_t count;
    float value;
  };
  l.dispatch({.kernel = "constant",
              .constants = {},
              .bindings = {Binding(l.output(), 0, head_bytes)},
              .push = Zero{static_cast<uint32_t>(kByteHead), 0},
              .groups = l.flat_groups(kByteHead)});
  struct Push {
    uint32_t pixels, samples;
    float low, steps;
  };
  l.dispatch(
      {.kernel = "to_bytes",
       .constants = {static_cast<uint32_t>(x.c)},
       .bindings = {l.input(0), l.input(1), Binding(l.output(), head_bytes, bytes - head_bytes),
                    Binding(l.output(), 0, head_bytes)},
       .push = Push{static_cast<uint32_t>(x.h * x.w), static_cast<uint32_t>(x.elements()),
                    range.low, 255 / range.range},
       .groups = l.flat_groups(words_of(x.elements())),
       .flops = static_cast<double>(x.elements())});
}

/// Words of bytes do not survive as numbers of fp64: some are NaNs.
void no_reference(std::span<const HostArray* const>, const Attributes&, const StepParams&,
                  HostArray&) {
  throw Error("bytes have no reference in numbers: they are compared as bytes");
}

bool looks_everywhere(const Attributes&, std::span<const Shape>) { return true; }

const Op kFromBytes = {.name = "from_bytes",
                       .shape = from_shape,
                       .lower = lower_from,
                       .reference = no_reference,
                       .global = looks_everywhere,
                       .types = from_types};
const Op kToBytes = {.name = "to_bytes",
                     .shape = to_shape,
                     .lower = lower_to,
                     .reference = no_reference,
                     .global = looks_everywhere};

}  // namespace

Tensor from_bytes(Tensor bytes, Tensor levels, Shape shape, const FromBytes& how) {
  return bytes.graph().add(kFromBytes, {bytes, levels},
                           FromAttributes{how, static_cast<int>(shape.c), static_cast<int>(shape.h),
                                          static_cast<int>(shape.w)});
}

Tensor to_bytes(Tensor x, Tensor thresholds, float low, float range) {
  return x.graph().add(kToBytes, {x, thresholds}, Range{low, range});
}

}  // namespace imago

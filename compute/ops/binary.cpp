#include "compute/ops/binary.h"

#include <algorithm>
#include <array>

#include "compute/lowering.h"
#include "compute/op.h"
#include "compute/ops.h"
#include "compute/ops/planes.h"

namespace imago {
namespace {

constexpr const char* kNames[] = {"add", "sub", "mul", "div", "prelu"};

Shape shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto operation = attributes.as<Binary>();
  const char* name = kNames[static_cast<size_t>(operation)];
  Shape result;
  for (int axis = 0; axis < 4; ++axis) {
    const int64_t a = inputs[0][axis], b = inputs[1][axis];
    if (a != b && a != 1 && b != 1) throw_shape_error(name, "the shapes do not broadcast", inputs);
    result[axis] = std::max(a, b);
  }
  if (operation == Binary::prelu && result != inputs[0])
    throw_shape_error(name, "the slope is larger than x", inputs);
  return result;
}

/// Elements to step over in each dimension; 0 where a size of 1 is broadcast.
std::array<uint32_t, 4> strides(const Shape& shape) {
  std::array<uint32_t, 4> result;
  int64_t stride = 1;
  for (int axis = 3; axis >= 0; --axis) {
    result[static_cast<size_t>(axis)] = shape[axis] == 1 ? 0 : static_cast<uint32_t>(stride);
    stride *= shape[axis];
  }
  return result;
}

/// True if `x` has the planes of `out` or planes of one element.
bool has_simple_planes(const Shape& x, const Shape& out) {
  return (x.h == out.h && x.w == out.w) || (x.h == 1 && x.w == 1);
}

void lower(Lowering& l, const Node& node) {
  const Shape& out = node.shape;
  const Shape &a = l.input_shape(0), &b = l.input_shape(1);
  const bool same = a == out && b == out;
  const bool simple = has_simple_planes(a, out) && has_simple_planes(b, out);
  struct Push {
    uint32_t pixels, width;
    std::array<uint32_t, 2> unused;  // the vectors below start at a multiple of 16 bytes
    std::array<uint32_t, 4> stride_a, stride_b;
  };
  std::array<uint32_t, 4> stride_a = strides(a), stride_b = strides(b);
  if (simple) {  // a pixel's number is its place, also where the width is 1
    stride_a[3] = a.h == out.h && a.w == out.w ? 1 : 0;
    stride_b[3] = b.h == out.h && b.w == out.w ? 1 : 0;
  }
  l.dispatch({.kernel = "binary",
              .constants = {static_cast<uint32_t>(node.attributes.as<Binary>()), same     ? 0u
                                                                                 : simple ? 1u
                                                                                          : 2u},
              .bindings = {l.input(0), l.input(1), l.output()},
              .push = Push{static_cast<uint32_t>(same ? out.elements() : out.h * out.w),
                           static_cast<uint32_t>(out.w),
                           {},
                           stride_a,
                           stride_b},
              .groups = same ? l.flat_groups(out.elements()) : plane_groups(l, out),
              .flops = static_cast<double>(out.elements())});
}

double combine(Binary operation, double a, double b) {
  switch (operation) {
    case Binary::add:
      return a + b;
    case Binary::sub:
      return a - b;
    case Binary::mul:
      return a * b;
    case Binary::div:
      return a / b;
    case Binary::prelu:
      return a > 0 ? a : a * b;
  }
  return 0;
}

void reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
               const StepParams&, HostArray& output) {
  const auto operation = attributes.as<Binary>();
  const auto pick = [](const HostArray& x, int64_t n, int64_t c, int64_t h, int64_t w) {
    return x.at(x.shape.n == 1 ? 0 : n, x.shape.c == 1 ? 0 : c, x.shape.h == 1 ? 0 : h,
                x.shape.w == 1 ? 0 : w);
  };
  const Shape& out = output.shape;
  for (int64_t n = 0; n < out.n; ++n)
    for (int64_t c = 0; c < out.c; ++c)
      for (int64_t h = 0; h < out.h; ++h)
        for (int64_t w = 0; w < out.w; ++w)
          output.at(n, c, h, w) =
              combine(operation, pick(*inputs[0], n, c, h, w), pick(*inputs[1], n, c, h, w));
}

Tensor binary(Binary operation, Tensor a, Tensor b) {
  return a.graph().add(kBinary, {a, b}, operation);
}

}  // namespace

const Op kBinary = {.name = "binary", .shape = shape, .lower = lower, .reference = reference};

Tensor add(Tensor a, Tensor b) { return binary(Binary::add, a, b); }
Tensor sub(Tensor a, Tensor b) { return binary(Binary::sub, a, b); }
Tensor mul(Tensor a, Tensor b) { return binary(Binary::mul, a, b); }
Tensor div(Tensor a, Tensor b) { return binary(Binary::div, a, b); }
Tensor prelu(Tensor x, Tensor slope) { return binary(Binary::prelu, x, slope); }

}  // namespace imago

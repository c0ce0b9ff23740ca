#include "compute/ops/binary.h"

#include <algorithm>
#include <array>
#include <optional>

#include "compute/graph/op.h"
#include "compute/ops/constant.h"
#include "compute/ops/ops.h"
#include "compute/ops/planes.h"
#include "compute/ops/sum_to.h"
#include "compute/ops/texels.h"
#include "compute/plan/lowering.h"

namespace imago {
namespace {

constexpr const char* kNames[] = {"add",     "sub",        "mul",     "div",
                                  "prelu",   "prelu",      "first",   "leaky_relu_dx",
                                  "tanh_dx", "sigmoid_dx", "clamp_dx"};

Shape shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto operation = attributes.as<BinarySettings>().operation;
  const char* name = kNames[static_cast<size_t>(operation)];
  Shape result;
  for (int axis = 0; axis < 4; ++axis) {
    const int64_t a = inputs[0][axis], b = inputs[1][axis];
    if (a != b && a != 1 && b != 1) throw_shape_error(name, "the shapes do not broadcast", inputs);
    result[axis] = std::max(a, b);
  }
  const bool is_prelu = operation == Binary::prelu || operation == Binary::prelu_factor;
  if (is_prelu && result != inputs[0])
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

bool has_planes_of(const Shape& x, const Shape& out) { return x.h == out.h && x.w == out.w; }

/// True if `x` has the planes of `out` or planes of one element.
bool has_simple_planes(const Shape& x, const Shape& out) {
  return has_planes_of(x, out) || (x.h == 1 && x.w == 1);
}

struct Operand {
  ValueId value;
  Shape shape;
};

void launch_texels(Lowering& l, const BinarySettings& settings, ValueId a, ValueId b,
                   int64_t elements) {
  struct Push {
    int32_t texels;
    float a, b;
  };
  l.dispatch({.kernel = "binary_texel",
              .constants = {static_cast<uint32_t>(settings.operation)},
              .bindings = {as_texels4(a), as_texels4(b), l.output()},
              .push = Push{static_cast<int32_t>(elements / 4), settings.a, settings.b},
              .groups = texel_groups(l, elements),
              .flops = static_cast<double>(elements)});
}

/// Operands of `out`'s planes or of planes of one element.
void launch_planes_texels(Lowering& l, const BinarySettings& settings, const Operand& left,
                          const Operand& right, const Shape& out) {
  struct Push {
    uint32_t texels;
    float a, b;
    uint32_t image_a, channel_a, image_b, channel_b;
  };
  const auto texels_of = [&](const Operand& x) {
    return has_planes_of(x.shape, out) ? as_texels4(x.value) : Binding(x.value);
  };
  const auto image_step = [](const Shape& x) { return x.n == 1 ? 0 : static_cast<uint32_t>(x.c); };
  const auto channel_step = [](const Shape& x) { return x.c == 1 ? 0u : 1u; };
  const Shape &a = left.shape, &b = right.shape;
  const int64_t texels = out.h * out.w / 4;
  l.dispatch(
      over_planes(l, texels, out.c, out.n,
                  {.kernel = "binary_planes_texel",
                   .constants = {static_cast<uint32_t>(settings.operation), has_planes_of(a, out),
                                 has_planes_of(b, out)},
                   .bindings = {texels_of(left), texels_of(right), l.output()},
                   .push = Push{static_cast<uint32_t>(texels), settings.a, settings.b,
                                image_step(a), channel_step(a), image_step(b), channel_step(b)},
                   .flops = static_cast<double>(out.elements())}));
}

void launch(Lowering& l, const BinarySettings& settings, const Operand& left, const Operand& right,
            const Shape& out) {
  const Shape &a = left.shape, &b = right.shape;
  const bool same = a == out && b == out;
  if (same && prefers_flat_texels(l.device(), out.elements())) {
    launch_texels(l, settings, left.value, right.value, out.elements());
    return;
  }
  const bool simple = has_simple_planes(a, out) && has_simple_planes(b, out);
  if (simple && out.h * out.w % 4 == 0 && prefers_flat_texels(l.device(), out.elements())) {
    launch_planes_texels(l, settings, left, right, out);
    return;
  }
  struct Push {
    uint32_t pixels, width;
    float a, b;
    std::array<uint32_t, 4> stride_a, stride_b;  // these vectors start at a multiple of 16 bytes
  };
  std::array<uint32_t, 4> stride_a = strides(a), stride_b = strides(b);
  if (simple) {  // a pixel's number is its place, also where the width is 1
    stride_a[3] = has_planes_of(a, out) ? 1 : 0;
    stride_b[3] = has_planes_of(b, out) ? 1 : 0;
  }
  Dispatch dispatch{
      .kernel = "binary",
      .constants = {static_cast<uint32_t>(settings.operation), same     ? 0u
                                                               : simple ? 1u
                                                                        : 2u},
      .bindings = {left.value, right.value, l.output()},
      .push = Push{static_cast<uint32_t>(same ? out.elements() : out.h * out.w),
                   static_cast<uint32_t>(out.w), settings.a, settings.b, stride_a, stride_b},
      .groups = l.flat_fours(out.elements()),
      .flops = static_cast<double>(out.elements())};
  l.dispatch(same ? std::move(dispatch) : over_planes(l, out, std::move(dispatch)));
}

void lower(Lowering& l, const Node& node) {
  launch(l, node.attributes.as<BinarySettings>(), {l.input(0), l.input_shape(0)},
         {l.input(1), l.input_shape(1)}, node.shape);
}

double combine(const BinarySettings& s, double a, double b) {
  switch (s.operation) {
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
    case Binary::prelu_factor:
      return a > 0 ? 1 : b;
    case Binary::first:
      return a;
    case Binary::leaky_relu_dx:
      return b > 0 ? a : a * s.a;
    case Binary::tanh_dx:
      return a * (1 - b * b);
    case Binary::sigmoid_dx:
      return a * b * (1 - b);
    case Binary::clamp_dx:
      return b >= s.a && b <= s.b ? a : 0;
  }
  return 0;
}

void reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
               const StepParams&, HostArray& output) {
  const auto settings = attributes.as<BinarySettings>();
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
              combine(settings, pick(*inputs[0], n, c, h, w), pick(*inputs[1], n, c, h, w));
}

/// The second operand may be fp32 beside a first in fp16.
void types(const Attributes&, std::span<NumberType> inputs, NumberType& output) {
  const bool any = inputs[0] == NumberType::fp16 || inputs[1] == NumberType::fp16;
  inputs[0] = output = any ? NumberType::fp16 : NumberType::fp32;
}

Tensor binary(const BinarySettings& settings, Tensor a, Tensor b) {
  return a.graph().add(kBinary, {a, b}, settings);
}

/// dy where x is not above zero.
Tensor where_negative(Tensor dy, Tensor x) { return dy - leaky_relu_dx(dy, x, 0); }

std::vector<Tensor> grad(const Backward& b) {
  const auto settings = b.attributes.as<BinarySettings>();
  const Tensor p = b.x[0], q = b.x[1], y = b.y, dy = b.dy;
  const auto to_p = [&](Tensor t) { return sum_to(t, p.shape()); };
  const auto to_q = [&](Tensor t) { return sum_to(t, q.shape()); };
  const auto if_wanted = [&](size_t i, auto make) { return b.wanted[i] ? make() : Tensor(); };
  switch (settings.operation) {
    case Binary::add:
      return {if_wanted(0, [&] { return to_p(dy); }), if_wanted(1, [&] { return to_q(dy); })};
    case Binary::sub:
      return {if_wanted(0, [&] { return to_p(dy); }),
              if_wanted(1, [&] { return to_q(dy) * -1.0f; })};
    case Binary::mul:
      return {if_wanted(0, [&] { return to_p(dy * q); }),
              if_wanted(1, [&] { return to_q(dy * p); })};
    case Binary::div:
      return {if_wanted(0, [&] { return to_p(dy / q); }),
              if_wanted(1, [&] { return to_q(dy * y / q) * -1.0f; })};
    case Binary::prelu:  // y = p * prelu_factor(p, q)
      return {if_wanted(0, [&] { return dy * binary({Binary::prelu_factor}, p, q); }),
              if_wanted(1, [&] { return to_q(where_negative(dy, p) * p); })};
    case Binary::prelu_factor:
      return {Tensor(), if_wanted(1, [&] { return to_q(where_negative(dy, p)); })};
    case Binary::first:
      return {if_wanted(0, [&] { return to_p(dy); }), Tensor()};
    case Binary::leaky_relu_dx:
      return {if_wanted(0, [&] { return to_p(leaky_relu_dx(dy, q, settings.a)); }), Tensor()};
    case Binary::tanh_dx:
      return {if_wanted(0, [&] { return to_p(tanh_dx(dy, q)); }),
              if_wanted(1, [&] { return to_q(dy * p * q * -2.0f); })};
    case Binary::sigmoid_dx:
      return {if_wanted(0, [&] { return to_p(sigmoid_dx(dy, q)); }),
              if_wanted(1, [&] { return to_q(dy * p * affine(q, -2, 1)); })};
    case Binary::clamp_dx:
      return {if_wanted(0, [&] { return to_p(clamp_dx(dy, q, settings.a, settings.b)); }),
              Tensor()};
  }
  return {};
}

// Broadcasting: what a reduction's gradient is made of.

Shape broadcast_shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto to = attributes.as<Shape>();
  for (int axis = 0; axis < 4; ++axis)
    if (inputs[0][axis] != to[axis] && inputs[0][axis] != 1)
      throw_shape_error("broadcast", "cannot become " + to_string(to), inputs);
  return to;
}

void lower_broadcast(Lowering& l, const Node& node) {
  const Operand x{l.input(0), l.input_shape(0)};
  launch(l, {Binary::first}, x, x, node.shape);
}

void broadcast_reference(std::span<const HostArray* const> inputs, const Attributes&,
                         const StepParams& step, HostArray& output) {
  const HostArray* pair[] = {inputs[0], inputs[0]};
  reference(pair, BinarySettings{Binary::first}, step, output);
}

std::vector<Tensor> broadcast_grad(const Backward& b) { return {sum_to(b.dy, b.x[0].shape())}; }

const Op kBroadcast = {.name = "broadcast",
                       .shape = broadcast_shape,
                       .lower = lower_broadcast,
                       .reference = broadcast_reference,
                       .grad = broadcast_grad,
                       .types = type_of_first};

/// What a broadcast repeats, where `other` is large enough to do the repeating itself.
Tensor before_broadcast(Tensor x, Tensor other) {
  const Node& node = x.graph().node(x.id());
  return node.op == &kBroadcast && other.shape() == x.shape() ? Tensor(&x.graph(), node.inputs[0])
                                                              : x;
}

/// The operation, where a broadcast operand need not be written out first.
Tensor combined(const BinarySettings& settings, Tensor a, Tensor b) {
  Tensor result = binary(settings, before_broadcast(a, b), before_broadcast(b, a));
  return a.shape() == b.shape() ? broadcast(result, a.shape()) : result;
}

/// The number that `x` holds everywhere, if it is a constant that does not enlarge `other`.
std::optional<float> number_beside(Tensor x, Tensor other) {
  const std::optional<float> value = constant_value(x);
  for (int axis = 0; axis < 4; ++axis)
    if (x.shape()[axis] > other.shape()[axis]) return std::nullopt;
  return value;
}

}  // namespace

const Op kBinary = {.name = "binary",
                    .shape = shape,
                    .lower = lower,
                    .reference = reference,
                    .grad = grad,
                    .types = types};

Tensor add(Tensor a, Tensor b) {
  if (const auto number = number_beside(b, a)) return affine(a, 1, *number);
  if (const auto number = number_beside(a, b)) return affine(b, 1, *number);
  return combined({Binary::add}, a, b);
}
Tensor sub(Tensor a, Tensor b) {
  if (const auto number = number_beside(b, a)) return affine(a, 1, -*number);
  if (const auto number = number_beside(a, b)) return affine(b, -1, *number);
  return combined({Binary::sub}, a, b);
}
Tensor mul(Tensor a, Tensor b) {
  if (const auto number = number_beside(b, a)) return affine(a, *number, 0);
  if (const auto number = number_beside(a, b)) return affine(b, *number, 0);
  return combined({Binary::mul}, a, b);
}
Tensor div(Tensor a, Tensor b) { return combined({Binary::div}, a, b); }
Tensor prelu(Tensor x, Tensor slope) { return binary({Binary::prelu}, x, slope); }
Tensor leaky_relu_dx(Tensor dy, Tensor y, float slope) {
  return combined({Binary::leaky_relu_dx, slope}, dy, y);
}
Tensor tanh_dx(Tensor dy, Tensor y) { return combined({Binary::tanh_dx}, dy, y); }
Tensor sigmoid_dx(Tensor dy, Tensor y) { return combined({Binary::sigmoid_dx}, dy, y); }
Tensor clamp_dx(Tensor dy, Tensor x, float lo, float hi) {
  return combined({Binary::clamp_dx, lo, hi}, dy, x);
}

Tensor broadcast(Tensor x, Shape to) {
  if (x.shape() == to) return x;
  if (const auto value = constant_value(x)) return constant(x.graph(), to, *value);
  return x.graph().add(kBroadcast, {x}, to);
}

Tensor sum_to(Tensor x, const Shape& to) {
  Axes axes;
  const Shape from = x.shape();
  axes.n = to.n < from.n;
  axes.c = to.c < from.c;
  axes.h = to.h < from.h;
  axes.w = to.w < from.w;
  return from == to ? x : sum(x, axes);
}

}  // namespace imago

#include "compute/ops/normalize.h"

#include <cmath>

#include "compute/graph/op.h"
#include "compute/ops/normalize_kernels.h"
#include "compute/ops/planes.h"

namespace imago {
namespace {

Shape shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto s = attributes.as<NormalizeSettings>();
  const Shape& x = inputs[0];
  if (s.axes.c || !s.axes.h || !s.axes.w)
    throw_shape_error("normalize", "the axes must be {h,w} or {n,h,w}", inputs);
  if (inputs.size() != 1 + s.has_scale + s.has_shift)
    throw_shape_error("normalize", "the inputs do not match the flags", inputs);
  for (const Shape& vector : inputs.subspan(1))
    if (vector != Shape{1, x.c, 1, 1})
      throw_shape_error("normalize", "scale and shift must be 1xCx1x1", inputs);
  return x;
}

uint32_t u32(int64_t v) { return static_cast<uint32_t>(v); }

/// Each group by one workgroup that reads it once.
void lower_whole(Lowering& l, const Shape& x, const NormalizeSettings& s, const GroupPart& part) {
  const NormalizeGroups g = normalize_groups(x, s.axes);
  const ValueId moments = l.scratch(g.count * 12);
  Binding nothing = moments;
  nothing.unread = true;
  Constants constants = part.constants(g);
  constants.set(5, static_cast<uint32_t>(s.activation.operation));
  constants.set(6, s.has_scale);
  constants.set(7, s.has_shift);
  struct Push {
    uint32_t groups, channels, pixels, plane_step, units;
    float epsilon, activation_a, activation_b;
  };
  l.dispatch(
      {.kernel = "normalize_whole",
       .constants = constants,
       .bindings = {l.input(0), s.has_scale ? Binding(l.input(1)) : nothing,
                    s.has_shift ? Binding(l.input(1 + s.has_scale)) : nothing, l.output(), moments},
       .push =
           Push{u32(g.count), u32(x.c), u32(g.pixels / part.unit), u32(g.plane_step / part.unit),
                u32(g.elements() / part.unit), s.epsilon, s.activation.a, s.activation.b},
       .groups = workgroups(l, g.count),
       .flops = static_cast<double>(x.elements()) * 9});
  l.keep(moments_of(l.input(0), g, s.epsilon), moments);
}

void lower(Lowering& l, const Node& node) {
  const auto s = node.attributes.as<NormalizeSettings>();
  const Shape& x = node.shape;
  const NormalizeGroups g = normalize_groups(x, s.axes);
  const GroupPart part = group_part(l.device(), g);
  if (part.holds(g) && l.kept(moments_of(l.input(0), g, s.epsilon)) < 0)
    return lower_whole(l, x, s, part);
  const int64_t at_once = elements_at_once(l.device(), x);
  const ValueId moments = lower_moments(l, l.input(0), x, s.axes, s.epsilon);
  // Where there is no scale or shift, anything may be bound in its place.
  const ValueId scale = s.has_scale ? l.input(1) : moments;
  const ValueId shift = s.has_shift ? l.input(1 + s.has_scale) : moments;
  struct Push {
    uint32_t pixels;
    float activation_a, activation_b;
  };
  l.dispatch(over_planes(
      l, x.h * x.w / at_once, x.c, x.n,
      {.kernel = at_once == 4 ? "normalize_texel" : "normalize",
       .constants = {static_cast<uint32_t>(s.activation.operation), s.has_scale, s.has_shift,
                     s.axes.n},
       .bindings = {bound_at_once(l.input(0), at_once), moments, scale, shift, l.output()},
       .push = Push{u32(x.h * x.w / at_once), s.activation.a, s.activation.b},
       .flops = static_cast<double>(x.elements()) * 4}));
}

void reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
               const StepParams&, HostArray& y) {
  const auto s = attributes.as<NormalizeSettings>();
  const HostArray& x = *inputs[0];
  const NormalizeGroups g = normalize_groups(x.shape, s.axes);
  for (int64_t group = 0; group < g.count; ++group) {
    const ReferenceGroup of(g, group, x);
    const auto channel = static_cast<size_t>(group % x.shape.c);
    const double scale = s.has_scale ? inputs[1]->values[channel] : 1;
    const double shift = s.has_shift ? inputs.back()->values[channel] : 0;
    const double rstd = 1 / std::sqrt(of.variance() + s.epsilon);
    of.for_each([&](size_t i) {
      y.values[i] = apply(s.activation, (x.values[i] - of.mean()) * rstd * scale + shift);
    });
  }
}

/// Scale and shift in fp32.
void types(const Attributes&, std::span<NumberType> inputs, NumberType& output) {
  for (NumberType& vector : inputs.subspan(1)) vector = NumberType::fp32;
  output = inputs[0];
}

bool global(const Attributes&, std::span<const Shape>) { return true; }

Tensor decompose(std::span<const Tensor> inputs, const Attributes& attributes) {
  const auto s = attributes.as<NormalizeSettings>();
  const Tensor centred = inputs[0] - mean(inputs[0], s.axes);
  Tensor y = centred * rsqrt(mean(square(centred), s.axes) + s.epsilon);
  if (s.has_scale) y = y * inputs[1];
  if (s.has_shift) y = y + inputs[1 + s.has_scale];
  if (s.activation.operation != Unary::identity) y = y.graph().add(kUnary, {y}, s.activation);
  return y;
}

// With y = x_hat * scale + shift and g = dy * scale (Ioffe & Szegedy 2015, section 3):
//   dx = (g - mean(g) - x_hat * mean(g * x_hat)) / sqrt(variance + epsilon)
std::vector<Tensor> grad(const Backward& b) {
  const auto s = b.attributes.as<NormalizeSettings>();
  const Tensor x = b.x[0], dy = b.dy;
  std::vector<Tensor> gradients(b.x.size());
  if (b.wanted[0])
    gradients[0] = normalize_dx(s.has_scale ? dy * b.x[1] : dy, x, s.axes, s.epsilon);
  const Axes per_channel = {.n = true, .h = true, .w = true};
  if (s.has_scale && b.wanted[1])
    gradients[1] = sum(dy * normalize(x, s.axes, s.epsilon), per_channel);
  if (s.has_shift && b.wanted.back()) gradients.back() = sum(dy, per_channel);
  return gradients;
}

}  // namespace

const Op kNormalize = {.name = "normalize",
                       .shape = shape,
                       .lower = lower,
                       .reference = reference,
                       .global = global,
                       .decompose = decompose,
                       .grad = grad,
                       .types = types};

Tensor normalize(Tensor x, Axes axes, float epsilon) {
  NormalizeSettings settings;
  settings.axes = axes;
  settings.epsilon = epsilon;
  return x.graph().add(kNormalize, {x}, settings);
}

Tensor normalize(Tensor x, Axes axes, float epsilon, Tensor scale, Tensor shift) {
  NormalizeSettings settings;
  settings.axes = axes;
  settings.epsilon = epsilon;
  settings.has_scale = settings.has_shift = 1;
  return x.graph().add(kNormalize, {x, scale, shift}, settings);
}

}  // namespace imago

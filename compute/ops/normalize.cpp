#include "compute/ops/normalize.h"

#include <algorithm>
#include <cmath>

#include "compute/op.h"
#include "compute/ops/intervals.h"
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

/// What is normalised together.
struct Groups {
  int64_t count, planes;       // planes per group
  int64_t pixels, plane_step;  // elements of a plane, and from one plane of a group to the next
};

Groups groups_of(const Shape& x, const Axes& axes) {
  return {axes.n ? x.c : x.n * x.c, axes.n ? x.n : 1, x.h * x.w, x.c * x.h * x.w};
}

/// Joins parts until one is left of each group, and returns {rstd, mean, first} of each.
ValueId lower_combine(Lowering& l, const Groups& g, ValueId parts, int64_t per_group,
                      float epsilon) {
  constexpr int64_t kPartsPerInvocation = 128;
  for (;;) {
    const int64_t chunks = ceil_div(per_group, kPartsPerInvocation);
    const bool last = chunks == 1;
    const ValueId joined = l.scratch(g.count * chunks * 12);
    struct Push {
      uint32_t groups, per_group, chunks, pixels;
      float epsilon;
    };
    l.dispatch({.kernel = "moments_combine",
                .constants = {last},
                .bindings = {l.input(0), parts, joined},
                .push = Push{u32(g.count), u32(per_group), u32(chunks), u32(g.pixels), epsilon},
                .groups = l.flat_groups(g.count * chunks),
                .flops = static_cast<double>(g.count * per_group) * 8});
    if (last) return joined;
    parts = joined;
    per_group = chunks;
  }
}

ValueId lower_moments(Lowering& l, const Groups& g, float epsilon) {
  // Long enough that few parts are left to join, short enough to fill a device.
  constexpr int64_t kElementsPerInvocation = 64;
  const int64_t chunks = ceil_div(g.pixels, kElementsPerInvocation);
  const int64_t per_group = g.planes * chunks;
  const ValueId parts = l.scratch(g.count * per_group * 12);
  struct Push {
    uint32_t groups, planes, chunks, pixels, plane_step;
  };
  l.dispatch(
      {.kernel = "moments",
       .constants = {},
       .bindings = {l.input(0), parts},
       .push = Push{u32(g.count), u32(g.planes), u32(chunks), u32(g.pixels), u32(g.plane_step)},
       .groups = l.flat_groups(g.count * per_group),
       .flops = static_cast<double>(g.count * g.planes * g.pixels) * 4});
  return lower_combine(l, g, parts, per_group, epsilon);
}

void lower(Lowering& l, const Node& node) {
  const auto s = node.attributes.as<NormalizeSettings>();
  const Shape& x = node.shape;
  const ValueId moments = lower_moments(l, groups_of(x, s.axes), s.epsilon);
  // Where there is no scale or shift, anything may be bound in its place.
  const ValueId scale = s.has_scale ? l.input(1) : moments;
  const ValueId shift = s.has_shift ? l.input(1 + s.has_scale) : moments;
  struct Push {
    uint32_t pixels;
    float activation_a, activation_b;
  };
  l.dispatch({.kernel = "normalize",
              .constants = {static_cast<uint32_t>(s.activation.operation), s.has_scale, s.has_shift,
                            s.axes.n},
              .bindings = {l.input(0), moments, scale, shift, l.output()},
              .push = Push{u32(x.h * x.w), s.activation.a, s.activation.b},
              .groups = plane_groups(l, x),
              .flops = static_cast<double>(x.elements()) * 4});
}

void reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
               const StepParams&, HostArray& y) {
  const auto s = attributes.as<NormalizeSettings>();
  const HostArray& x = *inputs[0];
  const Groups g = groups_of(x.shape, s.axes);
  const double count = static_cast<double>(g.planes * g.pixels);
  for (int64_t group = 0; group < g.count; ++group) {
    const auto for_each = [&](auto function) {
      for (int64_t plane = 0; plane < g.planes; ++plane)
        for (int64_t p = 0; p < g.pixels; ++p)
          function(static_cast<size_t>(group * g.pixels + plane * g.plane_step + p));
    };
    double mean = 0, variance = 0;
    for_each([&](size_t i) { mean += x.values[i] / count; });
    for_each([&](size_t i) { variance += (x.values[i] - mean) * (x.values[i] - mean) / count; });
    const auto channel = static_cast<size_t>(group % x.shape.c);
    const double scale = s.has_scale ? inputs[1]->values[channel] : 1;
    const double shift = s.has_shift ? inputs.back()->values[channel] : 0;
    const double rstd = 1 / std::sqrt(variance + s.epsilon);
    for_each([&](size_t i) {
      y.values[i] = apply(s.activation, (x.values[i] - mean) * rstd * scale + shift);
    });
  }
}

bool global(const Attributes&) { return true; }

Tensor expand(std::span<const Tensor> inputs, const Attributes& attributes) {
  const auto s = attributes.as<NormalizeSettings>();
  const Tensor centred = inputs[0] - mean(inputs[0], s.axes);
  Tensor y = centred * rsqrt(mean(square(centred), s.axes) + s.epsilon);
  if (s.has_scale) y = y * inputs[1];
  if (s.has_shift) y = y + inputs[1 + s.has_scale];
  if (s.activation.operation != Unary::identity) y = y.graph().add(kUnary, {y}, s.activation);
  return y;
}

}  // namespace

const Op kNormalize = {.name = "normalize",
                       .shape = shape,
                       .lower = lower,
                       .reference = reference,
                       .global = global,
                       .expand = expand};

Tensor normalize(Tensor x, Axes axes, float epsilon) {
  NormalizeSettings settings;
  settings.axes = axes;
  settings.epsilon = epsilon;
  return x.graph().add(kNormalize, {x}, settings);
}

}  // namespace imago

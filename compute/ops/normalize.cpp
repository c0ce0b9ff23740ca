#include "compute/ops/normalize.h"

#include <algorithm>
#include <cmath>

#include "compute/graph/op.h"
#include "compute/ops/intervals.h"
#include "compute/ops/planes.h"
#include "compute/ops/texels.h"
#include "compute/plan/lowering.h"

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
ValueId lower_combine(Lowering& l, ValueId x, const Groups& g, ValueId parts, int64_t per_group,
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
                .bindings = {x, parts, joined},
                .push = Push{u32(g.count), u32(per_group), u32(chunks), u32(g.pixels), epsilon},
                .groups = l.flat_groups(g.count * chunks),
                .flops = static_cast<double>(g.count * per_group) * 8});
    if (last) return joined;
    parts = joined;
    per_group = chunks;
  }
}

// Long enough that few parts are left to join, short enough to fill a device.
constexpr int64_t kElementsPerInvocation = 64;

/// Elements that the kernels of x read at once: four as a texel (the kernels called _texel), or
/// one.
int64_t elements_at_once(const DeviceProperties& device, const Shape& x) {
  return x.h * x.w % 4 == 0 && prefers_flat_texels(device, x.elements()) ? 4 : 1;
}

Binding bound(ValueId value, int64_t at_once) {
  Binding binding(value);
  binding.texel4 = at_once == 4;
  return binding;
}

ValueId lower_moments(Lowering& l, ValueId x, const Groups& g, int64_t at_once, float epsilon) {
  const int64_t chunks = ceil_div(g.pixels, kElementsPerInvocation);
  const int64_t per_group = g.planes * chunks;
  const ValueId parts = l.scratch(g.count * per_group * 12);
  struct Push {
    uint32_t groups, planes, chunks, pixels, plane_step;
  };
  l.dispatch({.kernel = at_once == 4 ? "moments_texel" : "moments",
              .constants = {},
              .bindings = {bound(x, at_once), parts},
              .push = Push{u32(g.count), u32(g.planes), u32(chunks), u32(g.pixels / at_once),
                           u32(g.plane_step / at_once)},
              .groups = l.flat_groups(g.count * per_group),
              .flops = static_cast<double>(g.count * g.planes * g.pixels) * 4});
  return lower_combine(l, x, g, parts, per_group, epsilon);
}

void lower(Lowering& l, const Node& node) {
  const auto s = node.attributes.as<NormalizeSettings>();
  const Shape& x = node.shape;
  const int64_t at_once = elements_at_once(l.device(), x);
  const ValueId moments = lower_moments(l, l.input(0), groups_of(x, s.axes), at_once, s.epsilon);
  // Where there is no scale or shift, anything may be bound in its place.
  const ValueId scale = s.has_scale ? l.input(1) : moments;
  const ValueId shift = s.has_shift ? l.input(1 + s.has_scale) : moments;
  struct Push {
    uint32_t pixels;
    float activation_a, activation_b;
  };
  l.dispatch({.kernel = at_once == 4 ? "normalize_texel" : "normalize",
              .constants = {static_cast<uint32_t>(s.activation.operation), s.has_scale, s.has_shift,
                            s.axes.n},
              .bindings = {bound(l.input(0), at_once), moments, scale, shift, l.output()},
              .push = Push{u32(x.h * x.w / at_once), s.activation.a, s.activation.b},
              .groups = plane_groups(l, x.h * x.w / at_once, x.c, x.n),
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

struct NormalizeDxSettings {
  Axes axes;
  float epsilon;
};

Shape dx_shape(std::span<const Shape> inputs, const Attributes&) {
  if (inputs[0] != inputs[1]) throw_shape_error("normalize_dx", "dy and x differ in shape", inputs);
  return inputs[1];
}

/// Two means per group, of dy and of dy * x_hat: partial sums, joined until one pair is left.
ValueId lower_dx_means(Lowering& l, const Groups& g, int64_t at_once, ValueId moments) {
  const int64_t chunks = ceil_div(g.pixels, kElementsPerInvocation);
  int64_t per_group = g.planes * chunks;
  ValueId sums = l.scratch(g.count * per_group * 8);
  struct Push {
    uint32_t groups, planes, chunks, pixels, plane_step;
  };
  l.dispatch({.kernel = at_once == 4 ? "normalize_dx_sums_texel" : "normalize_dx_sums",
              .constants = {},
              .bindings = {bound(l.input(0), at_once), bound(l.input(1), at_once), moments, sums},
              .push = Push{u32(g.count), u32(g.planes), u32(chunks), u32(g.pixels / at_once),
                           u32(g.plane_step / at_once)},
              .groups = l.flat_groups(g.count * per_group),
              .flops = static_cast<double>(g.count * g.planes * g.pixels) * 5});
  constexpr int64_t kPartsPerInvocation = 128;
  for (bool last = false; !last;) {
    const int64_t joined = ceil_div(per_group, kPartsPerInvocation);
    last = joined == 1;
    const ValueId next = l.scratch(g.count * joined * 8);
    struct JoinPush {
      uint32_t groups, per_group, chunks;
      float scale;
    };
    const float scale = last ? 1.0f / static_cast<float>(g.planes * g.pixels) : 1.0f;
    l.dispatch({.kernel = "normalize_dx_join",
                .constants = {},
                .bindings = {sums, next},
                .push = JoinPush{u32(g.count), u32(per_group), u32(joined), scale},
                .groups = l.flat_groups(g.count * joined),
                .flops = static_cast<double>(g.count * per_group) * 2});
    sums = next;
    per_group = joined;
  }
  return sums;
}

void lower_dx(Lowering& l, const Node& node) {
  const auto s = node.attributes.as<NormalizeDxSettings>();
  const Shape& x = node.shape;
  const Groups g = groups_of(x, s.axes);
  const int64_t at_once = elements_at_once(l.device(), x);
  const ValueId moments = lower_moments(l, l.input(1), g, at_once, s.epsilon);
  const ValueId means = lower_dx_means(l, g, at_once, moments);
  struct Push {
    uint32_t pixels;
  };
  l.dispatch({.kernel = at_once == 4 ? "normalize_dx_texel" : "normalize_dx",
              .constants = {s.axes.n},
              .bindings = {bound(l.input(0), at_once), bound(l.input(1), at_once), moments, means,
                           l.output()},
              .push = Push{u32(x.h * x.w / at_once)},
              .groups = plane_groups(l, x.h * x.w / at_once, x.c, x.n),
              .flops = static_cast<double>(x.elements()) * 6});
}

void reference_dx(std::span<const HostArray* const> inputs, const Attributes& attributes,
                  const StepParams&, HostArray& dx) {
  const auto s = attributes.as<NormalizeDxSettings>();
  const HostArray &dy = *inputs[0], &x = *inputs[1];
  const Groups g = groups_of(x.shape, s.axes);
  const double count = static_cast<double>(g.planes * g.pixels);
  for (int64_t group = 0; group < g.count; ++group) {
    const auto for_each = [&](auto function) {
      for (int64_t plane = 0; plane < g.planes; ++plane)
        for (int64_t p = 0; p < g.pixels; ++p)
          function(static_cast<size_t>(group * g.pixels + plane * g.plane_step + p));
    };
    double mean = 0, variance = 0, mean_dy = 0, mean_dy_x = 0;
    for_each([&](size_t i) { mean += x.values[i] / count; });
    for_each([&](size_t i) { variance += (x.values[i] - mean) * (x.values[i] - mean) / count; });
    const double rstd = 1 / std::sqrt(variance + s.epsilon);
    for_each([&](size_t i) {
      mean_dy += dy.values[i] / count;
      mean_dy_x += dy.values[i] * (x.values[i] - mean) * rstd / count;
    });
    for_each([&](size_t i) {
      dx.values[i] = rstd * (dy.values[i] - mean_dy - (x.values[i] - mean) * rstd * mean_dy_x);
    });
  }
}

Tensor decompose_dx(std::span<const Tensor> inputs, const Attributes& attributes) {
  const auto s = attributes.as<NormalizeDxSettings>();
  const Tensor dy = inputs[0], x = inputs[1];
  const Tensor centred = x - mean(x, s.axes);
  const Tensor rstd = rsqrt(mean(square(centred), s.axes) + s.epsilon);
  const Tensor x_hat = centred * rstd;
  return rstd * (dy - mean(dy, s.axes) - x_hat * mean(dy * x_hat, s.axes));
}

/// Both in fp16 where one is.
void dx_types(const Attributes&, std::span<NumberType> inputs, NumberType& output) {
  if (inputs[0] != inputs[1]) inputs[0] = inputs[1] = NumberType::fp16;
  output = inputs[0];
}

const Op kNormalizeDx = {.name = "normalize_dx",
                         .shape = dx_shape,
                         .lower = lower_dx,
                         .reference = reference_dx,
                         .global = global,
                         .decompose = decompose_dx,
                         .types = dx_types};

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

Tensor normalize_dx(Tensor dy, Tensor x, Axes axes, float epsilon) {
  return x.graph().add(kNormalizeDx, {dy, x}, NormalizeDxSettings{axes, epsilon});
}

}  // namespace imago

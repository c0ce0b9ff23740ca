// The gradient of normalisation, and what GPUs make of it on the way.
#include <cmath>

#include "compute/graph/op.h"
#include "compute/ops/intervals.h"
#include "compute/ops/normalize_kernels.h"
#include "compute/ops/planes.h"

namespace imago {
namespace {

uint32_t u32(int64_t v) { return static_cast<uint32_t>(v); }

Shape dx_shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const Shape& x = inputs[1];
  if (inputs[0] != x) throw_shape_error("normalize_dx", "dy and x differ in shape", inputs);
  const bool has_scale = attributes.as<NormalizeDxSettings>().has_scale;
  if (inputs.size() != 2u + has_scale || (has_scale && inputs[2] != Shape{1, x.c, 1, 1}))
    throw_shape_error("normalize_dx", "the scale must be 1xCx1x1", inputs);
  return x;
}

/// {mean dy, mean dy * x_hat} of each group, x_hat = (x - mean) * rstd.
ByProduct means_of(ValueId dy, ValueId x, const NormalizeGroups& g, float epsilon) {
  ByProduct key = moments_of(x, g, epsilon);
  key.name = "means of dy";
  key.of.push_back(dy);
  return key;
}

ValueId lower_sums_in_parts(Lowering& l, const NormalizeGroups& g, const GroupPart& part,
                            ValueId moments) {
  const int64_t per_group = ceil_div(g.elements(), part.elements());
  const ValueId sums = l.scratch(g.count * per_group * 8);
  struct Push {
    uint32_t groups, per_group, pixels, plane_step, units;
  };
  l.dispatch({.kernel = "normalize_dx_part",
              .constants = part.constants(g),
              .bindings = {l.input(0), l.input(1), moments, sums},
              .push = Push{u32(g.count), u32(per_group), u32(g.pixels / part.unit),
                           u32(g.plane_step / part.unit), u32(g.elements() / part.unit)},
              .groups = workgroups(l, g.count * per_group),
              .flops = static_cast<double>(g.count * g.elements()) * 5});
  return sums;
}

ValueId lower_sums_in_chunks(Lowering& l, const NormalizeGroups& g, int64_t at_once,
                             ValueId moments) {
  const int64_t chunks = ceil_div(g.pixels, kElementsPerInvocation);
  const int64_t per_group = g.planes * chunks;
  const ValueId sums = l.scratch(g.count * per_group * 8);
  struct Push {
    uint32_t groups, planes, chunks, pixels, plane_step;
  };
  l.dispatch({.kernel = at_once == 4 ? "normalize_dx_sums_texel" : "normalize_dx_sums",
              .constants = {},
              .bindings = {bound_at_once(l.input(0), at_once), bound_at_once(l.input(1), at_once),
                           moments, sums},
              .push = Push{u32(g.count), u32(g.planes), u32(chunks), u32(g.pixels / at_once),
                           u32(g.plane_step / at_once)},
              .groups = l.flat_groups(g.count * per_group),
              .flops = static_cast<double>(g.count * g.planes * g.pixels) * 5});
  return sums;
}

/// The means, unless a node before has computed them: partial sums, joined until one pair is left.
ValueId lower_means(Lowering& l, const Shape& x, const Axes& axes, float epsilon) {
  const NormalizeGroups g = normalize_groups(x, axes);
  const ByProduct key = means_of(l.input(0), l.input(1), g, epsilon);
  if (const ValueId known = l.kept(key); known >= 0) return known;
  const ValueId moments = lower_moments(l, l.input(1), x, axes, epsilon);
  const GroupPart part = group_part(l.device(), g);
  ValueId sums = part.size > 0
                     ? lower_sums_in_parts(l, g, part, moments)
                     : lower_sums_in_chunks(l, g, elements_at_once(l.device(), x), moments);
  int64_t per_group = part.size > 0 ? ceil_div(g.elements(), part.elements())
                                    : g.planes * ceil_div(g.pixels, kElementsPerInvocation);
  for (bool last = false; !last;) {
    const int64_t joined = ceil_div(per_group, kPartsPerInvocation);
    last = joined == 1;
    const ValueId next = l.scratch(g.count * joined * 8);
    struct Push {
      uint32_t groups, per_group, chunks;
      float scale;
    };
    const float scale = last ? 1.0f / static_cast<float>(g.elements()) : 1.0f;
    l.dispatch({.kernel = "normalize_dx_join",
                .constants = {},
                .bindings = {sums, next},
                .push = Push{u32(g.count), u32(per_group), u32(joined), scale},
                .groups = l.flat_groups(g.count * joined),
                .flops = static_cast<double>(g.count * per_group) * 2});
    sums = next;
    per_group = joined;
  }
  l.keep(key, sums);
  return sums;
}

/// Each group by one workgroup that reads it once.
void lower_dx_whole(Lowering& l, const Shape& x, const NormalizeDxSettings& s,
                    const GroupPart& part) {
  const NormalizeGroups g = normalize_groups(x, s.axes);
  const ValueId moments = lower_moments(l, l.input(1), x, s.axes, s.epsilon);
  const ValueId means = l.scratch(g.count * 8);
  Constants constants = part.constants(g);
  constants.set(5, s.has_scale);
  struct Push {
    uint32_t groups, channels, pixels, plane_step, units;
  };
  l.dispatch({.kernel = "normalize_dx_whole",
              .constants = constants,
              .bindings = {l.input(0), l.input(1), moments, s.has_scale ? l.input(2) : moments,
                           l.output(), means},
              .push = Push{u32(g.count), u32(x.c), u32(g.pixels / part.unit),
                           u32(g.plane_step / part.unit), u32(g.elements() / part.unit)},
              .groups = workgroups(l, g.count),
              .flops = static_cast<double>(x.elements()) * 11});
  l.keep(means_of(l.input(0), l.input(1), g, s.epsilon), means);
}

void lower_dx(Lowering& l, const Node& node) {
  const auto s = node.attributes.as<NormalizeDxSettings>();
  const Shape& x = node.shape;
  const NormalizeGroups g = normalize_groups(x, s.axes);
  const GroupPart part = group_part(l.device(), g);
  if (part.holds(g) && l.kept(means_of(l.input(0), l.input(1), g, s.epsilon)) < 0)
    return lower_dx_whole(l, x, s, part);
  const ValueId moments = lower_moments(l, l.input(1), x, s.axes, s.epsilon);
  const ValueId means = lower_means(l, x, s.axes, s.epsilon);
  const int64_t at_once = s.has_scale ? 1 : elements_at_once(l.device(), x);
  struct Push {
    uint32_t pixels;
  };
  Dispatch dispatch{.kernel = at_once == 4 ? "normalize_dx_texel" : "normalize_dx",
                    .constants = {s.axes.n},
                    .bindings = {bound_at_once(l.input(0), at_once),
                                 bound_at_once(l.input(1), at_once), moments, means, l.output()},
                    .push = Push{u32(x.h * x.w / at_once)},
                    .flops = static_cast<double>(x.elements()) * 6};
  if (at_once == 1) {
    dispatch.constants.set(1, s.has_scale);
    dispatch.bindings.push_back(s.has_scale ? l.input(2) : moments);
  }
  l.dispatch(over_planes(l, x.h * x.w / at_once, x.c, x.n, std::move(dispatch)));
}

void reference_dx(std::span<const HostArray* const> inputs, const Attributes& attributes,
                  const StepParams&, HostArray& dx) {
  const auto s = attributes.as<NormalizeDxSettings>();
  const HostArray &dy = *inputs[0], &x = *inputs[1];
  const NormalizeGroups g = normalize_groups(x.shape, s.axes);
  const double count = static_cast<double>(g.planes * g.pixels);
  for (int64_t group = 0; group < g.count; ++group) {
    const ReferenceGroup of(g, group, x);
    double mean_dy = 0, mean_dy_x = 0;
    const double rstd = 1 / std::sqrt(of.variance() + s.epsilon);
    const double scale =
        s.has_scale ? inputs[2]->values[static_cast<size_t>(group % x.shape.c)] : 1;
    of.for_each([&](size_t i) {
      mean_dy += dy.values[i] / count;
      mean_dy_x += dy.values[i] * (x.values[i] - of.mean()) * rstd / count;
    });
    of.for_each([&](size_t i) {
      dx.values[i] =
          scale * rstd * (dy.values[i] - mean_dy - (x.values[i] - of.mean()) * rstd * mean_dy_x);
    });
  }
}

Tensor decompose_dx(std::span<const Tensor> inputs, const Attributes& attributes) {
  const auto s = attributes.as<NormalizeDxSettings>();
  const Tensor dy = s.has_scale ? inputs[0] * inputs[2] : inputs[0], x = inputs[1];
  const Tensor centred = x - mean(x, s.axes);
  const Tensor rstd = rsqrt(mean(square(centred), s.axes) + s.epsilon);
  const Tensor x_hat = centred * rstd;
  return rstd * (dy - mean(dy, s.axes) - x_hat * mean(dy * x_hat, s.axes));
}

/// dy and x in fp16 where one is, the scale in fp32.
void dx_types(const Attributes&, std::span<NumberType> inputs, NumberType& output) {
  if (inputs[0] != inputs[1]) inputs[0] = inputs[1] = NumberType::fp16;
  for (NumberType& scale : inputs.subspan(2)) scale = NumberType::fp32;
  output = inputs[0];
}

bool dx_is_global(const Attributes&, std::span<const Shape>) { return true; }

Shape sums_shape(std::span<const Shape> inputs, const Attributes&) {
  if (inputs[0] != inputs[1])
    throw_shape_error("normalize_sums", "dy and x differ in shape", inputs);
  return {1, inputs[1].c, 1, 1};
}

void lower_sums(Lowering& l, const Node& node) {
  const auto s = node.attributes.as<NormalizeSumsSettings>();
  const Shape& x = l.input_shape(1);
  const NormalizeGroups g = normalize_groups(x, s.axes);
  const ValueId means = lower_means(l, x, s.axes, s.epsilon);
  struct Push {
    uint32_t channels, groups, which;
    float count;
  };
  l.dispatch({.kernel = "normalize_sums",
              .constants = {},
              .bindings = {means, l.output()},
              .push = Push{u32(x.c), u32(g.count / x.c), s.of_shift ? 0u : 1u,
                           static_cast<float>(g.elements())},
              .groups = l.flat_groups(x.c),
              .flops = static_cast<double>(g.count)});
}

void reference_sums(std::span<const HostArray* const> inputs, const Attributes& attributes,
                    const StepParams&, HostArray& y) {
  const auto s = attributes.as<NormalizeSumsSettings>();
  const HostArray &dy = *inputs[0], &x = *inputs[1];
  const NormalizeGroups g = normalize_groups(x.shape, s.axes);
  for (int64_t group = 0; group < g.count; ++group) {
    const ReferenceGroup of(g, group, x);
    const double rstd = 1 / std::sqrt(of.variance() + s.epsilon);
    double& sum = y.values[static_cast<size_t>(group % x.shape.c)];
    of.for_each([&](size_t i) {
      sum += dy.values[i] * (s.of_shift ? 1 : (x.values[i] - of.mean()) * rstd);
    });
  }
}

Tensor decompose_sums(std::span<const Tensor> inputs, const Attributes& attributes) {
  const auto s = attributes.as<NormalizeSumsSettings>();
  const Tensor dy = inputs[0];
  return sum(s.of_shift ? dy : dy * normalize(inputs[1], s.axes, s.epsilon),
             {.n = true, .h = true, .w = true});
}

/// As dx_types, so that both are given the same values.
void sums_types(const Attributes&, std::span<NumberType> inputs, NumberType& output) {
  if (inputs[0] != inputs[1]) inputs[0] = inputs[1] = NumberType::fp16;
  output = NumberType::fp32;
}

}  // namespace

const Op kNormalizeDx = {.name = "normalize_dx",
                         .shape = dx_shape,
                         .lower = lower_dx,
                         .reference = reference_dx,
                         .global = dx_is_global,
                         .decompose = decompose_dx,
                         .types = dx_types};

const Op kNormalizeSums = {.name = "normalize_sums",
                           .shape = sums_shape,
                           .lower = lower_sums,
                           .reference = reference_sums,
                           .global = dx_is_global,
                           .decompose = decompose_sums,
                           .types = sums_types};

Tensor normalize_dx(Tensor dy, Tensor x, Axes axes, float epsilon) {
  return x.graph().add(kNormalizeDx, {dy, x}, NormalizeDxSettings{axes, epsilon});
}

}  // namespace imago

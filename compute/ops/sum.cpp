#include <array>
#include <optional>

#include "compute/graph/op.h"
#include "compute/ops/intervals.h"
#include "compute/ops/ops.h"
#include "compute/ops/sum.h"
#include "compute/ops/texels.h"
#include "compute/plan/lowering.h"

namespace imago {
namespace {

constexpr int64_t kTermsPerInvocation = 128;

/// Two merged dimensions: size and step of the outer and of the inner one.
struct Dimensions {
  std::array<int64_t, 2> size = {1, 1}, stride = {0, 0};
  int64_t count() const { return size[0] * size[1]; }
};

bool is_reduced(const Axes& axes, int axis) {
  return std::array{axes.n, axes.c, axes.h, axes.w}[static_cast<size_t>(axis)];
}

/// Merges neighbouring axes of one sort. With four axes at most two groups of a sort are left.
struct Layout {
  Dimensions kept, reduced;
  bool inner_reduced = true;  // the fastest dimension is a reduced one
};

Layout merge(const Shape& x, const Axes& axes) {
  Layout layout;
  int next_kept = 1, next_reduced = 1;
  int64_t stride = 1;
  int last = -1;  // sort of the axis before: 1 reduced, 0 kept
  for (int axis = 3; axis >= 0; --axis) {
    if (x[axis] == 1) continue;
    const bool reduced = is_reduced(axes, axis);
    Dimensions& d = reduced ? layout.reduced : layout.kept;
    int& next = reduced ? next_reduced : next_kept;
    if (last < 0) layout.inner_reduced = reduced;
    const auto slot = static_cast<size_t>(last == reduced ? next + 1 : next--);
    if (last != reduced) d.stride[slot] = stride;
    d.size[slot] *= x[axis];
    last = reduced;
    stride *= x[axis];
  }
  return layout;
}

Shape shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto axes = attributes.as<Axes>();
  Shape result = inputs[0];
  for (int axis = 0; axis < 4; ++axis)
    if (is_reduced(axes, axis)) result[axis] = 1;
  return result;
}

/// The same dimensions in texels of four elements; nothing where they do not come in fours.
std::optional<Layout> in_texels(const Lowering& l, const Layout& layout) {
  const auto fours = [](int64_t v) { return v % 4 == 0; };
  const Dimensions &k = layout.kept, &r = layout.reduced;
  if (!layout.inner_reduced || r.stride[1] != 1 || !fours(r.size[1]) || !fours(r.stride[0]) ||
      !fours(k.stride[0]) || !fours(k.stride[1]) ||
      !prefers_flat_texels(l.device(), k.count() * r.count()))
    return std::nullopt;
  Layout texels = layout;
  texels.kept.stride = {k.stride[0] / 4, k.stride[1] / 4};
  texels.reduced.size[1] /= 4;
  texels.reduced.stride[0] /= 4;
  return texels;
}

void lower_step(Lowering& l, const Layout& layout, int64_t parts, ValueId x, ValueId y) {
  const auto u32 = [](int64_t v) { return static_cast<uint32_t>(v); };
  const std::optional<Layout> texels = in_texels(l, layout);
  const Dimensions &k = layout.kept, &r = texels ? texels->reduced : layout.reduced;
  const Dimensions& kept = texels ? texels->kept : k;
  struct Push {
    uint32_t kept, reduced, parts, kept_inner, reduced_inner;
    uint32_t padding = 0;  // of the uvec2 that follow
    std::array<uint32_t, 2> kept_stride, reduced_stride;
  };
  Binding terms = x;
  terms.texel4 = texels.has_value();
  l.dispatch({.kernel = texels ? "sum_texel" : "sum",
              .constants = texels ? Constants() : Constants{layout.inner_reduced},
              .bindings = {terms, y},
              .push = Push{.kept = u32(k.count()),
                           .reduced = u32(r.count()),
                           .parts = u32(parts),
                           .kept_inner = u32(k.size[1]),
                           .reduced_inner = u32(r.size[1]),
                           .kept_stride = {u32(kept.stride[0]), u32(kept.stride[1])},
                           .reduced_stride = {u32(r.stride[0]), u32(r.stride[1])}},
              .groups = l.flat_groups(k.count() * parts),
              .flops = static_cast<double>(k.count() * r.count())});
}

/// Steps of partial sums until one invocation can add up what is left of each result.
void lower(Lowering& l, const Node& node) {
  Layout layout = merge(l.input_shape(0), node.attributes.as<Axes>());
  ValueId x = l.input(0);
  const int64_t kept = layout.kept.count();
  while (layout.reduced.count() > kTermsPerInvocation) {
    const int64_t parts = ceil_div(layout.reduced.count(), kTermsPerInvocation);
    const ValueId partial = l.scratch(kept * parts * 4);
    lower_step(l, layout, parts, x, partial);
    const bool inner = layout.inner_reduced;
    layout.kept = {{1, kept}, {0, inner ? parts : 1}};
    layout.reduced = {{1, parts}, {0, inner ? 1 : kept}};
    x = partial;
  }
  lower_step(l, layout, 1, x, l.output());
}

void reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
               const StepParams&, HostArray& y) {
  const auto axes = attributes.as<Axes>();
  const HostArray& x = *inputs[0];
  for (int64_t n = 0; n < x.shape.n; ++n)
    for (int64_t c = 0; c < x.shape.c; ++c)
      for (int64_t h = 0; h < x.shape.h; ++h)
        for (int64_t w = 0; w < x.shape.w; ++w)
          y.at(axes.n ? 0 : n, axes.c ? 0 : c, axes.h ? 0 : h, axes.w ? 0 : w) += x.at(n, c, h, w);
}

void types(const Attributes&, std::span<NumberType>, NumberType& output) {
  output = NumberType::fp32;
}

bool global(const Attributes& attributes, std::span<const Shape>) {
  const auto axes = attributes.as<Axes>();
  return axes.h || axes.w;
}

std::vector<Tensor> grad(const Backward& b) { return {broadcast(b.dy, b.x[0].shape())}; }

}  // namespace

const Op kSum = {.name = "sum",
                 .shape = shape,
                 .lower = lower,
                 .reference = reference,
                 .global = global,
                 .grad = grad,
                 .types = types};

void lower_sum_of_parts(Lowering& lowering, ValueId parts, int64_t count, int64_t elements,
                        ValueId y) {
  const Layout layout{{{1, elements}, {0, 1}}, {{1, count}, {0, elements}}, false};
  lower_step(lowering, layout, 1, parts, y);
}

Tensor sum(Tensor x, Axes axes) { return x.graph().add(kSum, {x}, axes); }

Tensor mean(Tensor x, Axes axes) {
  const Tensor total = sum(x, axes);
  const int64_t count = x.shape().elements() / total.shape().elements();
  return total * static_cast<float>(1.0 / static_cast<double>(count));
}

}  // namespace imago

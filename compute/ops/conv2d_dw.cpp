#include <algorithm>

#include "compute/base/error.h"
#include "compute/graph/op.h"
#include "compute/ops/conv2d_dw_kernels.h"
#include "compute/ops/sum.h"

namespace imago {
namespace {

constexpr int64_t kMostSlices = 128;
constexpr int64_t kPartialBytes = int64_t{64} << 20;  // of all slices together

/// Most outputs that a convolution of these settings has along an axis.
int64_t most_outputs(int64_t in, int64_t kernel, const Conv2dSettings& s) {
  return std::max<int64_t>(0, floor_div(in + 2 * s.padding - kernel, s.stride) + 1);
}

Shape shape(std::span<const Shape> inputs, const Attributes& attributes) {
  const auto a = attributes.as<Conv2dDwSettings>();
  const Shape &dy = inputs[0], &x = inputs[1];
  if (a.conv.stride < 1 || a.conv.padding < 0 || a.kernel_h < 1 || a.kernel_w < 1)
    throw_shape_error("conv2d_dw", "stride, padding or kernel size makes no sense", inputs);
  if (dy.n != x.n)
    throw_shape_error("conv2d_dw",
                      "dy has " + std::to_string(dy.n) + " images, x has " + std::to_string(x.n),
                      inputs);
  const int64_t rows = most_outputs(x.h, a.kernel_h, a.conv);
  const int64_t columns = most_outputs(x.w, a.kernel_w, a.conv);
  if (dy.h > rows || dy.w > columns)
    throw_shape_error("conv2d_dw",
                      "dy is " + std::to_string(dy.h) + "x" + std::to_string(dy.w) +
                          ", the convolution of x gives at most " + std::to_string(rows) + "x" +
                          std::to_string(columns),
                      inputs);
  return {dy.c, x.c, a.kernel_h, a.kernel_w};
}

void reference(std::span<const HostArray* const> inputs, const Attributes& attributes,
               const StepParams&, HostArray& dw) {
  const Conv2dSettings s = attributes.as<Conv2dDwSettings>().conv;
  const HostArray &dy = *inputs[0], &x = *inputs[1];
  for (int64_t n = 0; n < dy.shape.n; ++n)
    for (int64_t o = 0; o < dy.shape.c; ++o)
      for (int64_t i = 0; i < dy.shape.h; ++i)
        for (int64_t j = 0; j < dy.shape.w; ++j)
          for (int64_t c = 0; c < x.shape.c; ++c)
            for (int64_t k = 0; k < dw.shape.h; ++k)
              for (int64_t l = 0; l < dw.shape.w; ++l) {
                const int64_t h = i * s.stride - s.padding + k;
                const int64_t v = j * s.stride - s.padding + l;
                if (h < 0 || v < 0 || h >= x.shape.h || v >= x.shape.w) continue;
                dw.at(o, c, k, l) += dy.at(n, o, i, j) * x.at(n, c, h, v);
              }
}

bool global(const Attributes&, std::span<const Shape>) { return true; }

TuningProblem tuning_problem(const Lowering& l, const ConvDwProblem& c) {
  const Conv2dDwSettings settings{c.settings, static_cast<int>(c.w.h), static_cast<int>(c.w.w)};
  return {"conv2d_dw " + to_string(c.dy) + " and " + to_string(c.x) + " to " + to_string(c.w) +
              " stride " + std::to_string(c.stride()) + " padding " + std::to_string(c.padding()) +
              " " + to_string(l.type(l.input(0))),
          &kConv2dDw,
          settings,
          {c.dy, c.x},
          false};
}

void lower(Lowering& l, const Node& node) {
  const ConvDwProblem c = as_product(ConvDwProblem{l.input_shape(0), l.input_shape(1), node.shape,
                                                   node.attributes.as<Conv2dDwSettings>().conv});
  std::vector<KernelCandidate> candidates;
  const auto add = [&](const char* name, bool can, void (*how)(Lowering&, const ConvDwProblem&)) {
    if (can) candidates.push_back({name, [c, how](Lowering& to) { how(to, c); }});
  };
  add("winograd", can_lower_dw_winograd(l.device(), c), lower_dw_winograd);
  add("connected", can_lower_dw_connected(l.device(), c), lower_dw_connected);
  add("texel", can_lower_dw_texel(l.device(), c), lower_dw_texel);
  for (KernelCandidate& tiled : dw_tiled_candidates(l.device(), c))
    candidates.push_back(std::move(tiled));
  add("direct", candidates.empty(), lower_dw_direct);
  l.choose(tuning_problem(l, c), candidates);
}

}  // namespace

double ConvDwProblem::flops() const {
  return 2.0 * static_cast<double>(dy.elements()) * static_cast<double>(w.c * w.h * w.w);
}

Slices choose_slices(int64_t units, int64_t wanted, int64_t result_bytes) {
  const int64_t most = std::min({units, kMostSlices, kPartialBytes / result_bytes});
  const int64_t per_slice =
      ceil_div(units, std::clamp<int64_t>(wanted, 1, std::max<int64_t>(most, 1)));
  return {per_slice, ceil_div(units, per_slice)};
}

ValueId partial_results(Lowering& l, const ConvDwProblem& c, const Slices& slices) {
  return slices.count == 1 ? l.output() : l.scratch(slices.count * c.w.bytes());
}

void lower_sum_of_slices(Lowering& l, const ConvDwProblem& c, const Slices& slices,
                         ValueId partial) {
  if (slices.count > 1) lower_sum_of_parts(l, partial, slices.count, c.w.elements(), l.output());
}

void lower_dw_direct(Lowering& l, const ConvDwProblem& c) {
  constexpr int64_t kChannels = 4, kLocalSize = 64;  // as in the shader
  constexpr int64_t kTermsPerSlice = 1024;
  struct Push {
    int32_t in_channels, in_height, in_width, out_channels, out_height, out_width;
    int32_t kernel_h, kernel_w, stride, padding;
    int32_t rows, rows_per_slice;
  };
  const int64_t rows = c.dy.n * c.dy.h;
  const Slices slices = choose_slices(rows, ceil_div(rows * c.dy.w, kTermsPerSlice), c.w.bytes());
  const ValueId partial = partial_results(l, c, slices);
  l.dispatch({.kernel = "conv2d_dw",
              .constants = {},
              .bindings = {l.input(0), l.input(1), partial},
              .push = Push{i32(c.x.c), i32(c.x.h), i32(c.x.w), i32(c.dy.c), i32(c.dy.h),
                           i32(c.dy.w), i32(c.w.h), i32(c.w.w), c.settings.stride,
                           c.settings.padding, i32(rows), i32(slices.per_slice)},
              .groups = {u32(ceil_div(c.w.c * c.w.h * c.w.w, kLocalSize)),
                         u32(ceil_div(c.w.n, kChannels)), u32(slices.count)},
              .flops = c.flops()});
  lower_sum_of_slices(l, c, slices, partial);
}

/// Both in fp16 where one is; the result in fp32.
void types(const Attributes&, std::span<NumberType> inputs, NumberType& output) {
  if (inputs[0] != inputs[1]) inputs[0] = inputs[1] = NumberType::fp16;
  output = NumberType::fp32;
}

std::vector<Tensor> grad(const Backward& b) {
  const Conv2dSettings s = b.attributes.as<Conv2dDwSettings>().conv;
  const Tensor dy = b.x[0], x = b.x[1], g = b.dy;
  Tensor to_dy;
  if (b.wanted[0]) {
    to_dy = conv2d(x, g, s);  // larger than dy where dy left the end of x out
    const Shape &have = to_dy.shape(), &want = dy.shape();
    if (have != want)
      to_dy = crop(to_dy, {.bottom = static_cast<int>(have.h - want.h),
                           .right = static_cast<int>(have.w - want.w)});
  }
  return {to_dy, b.wanted[1] ? conv2d_dx_to(x.shape(), dy, g, s) : Tensor()};
}

const Op kConv2dDw = {.name = "conv2d_dw",
                      .shape = shape,
                      .lower = lower,
                      .reference = reference,
                      .global = global,
                      .grad = grad,
                      .types = types};

Tensor conv2d_dw(Tensor dy, Tensor x, int kernel_h, int kernel_w, Conv2dSettings settings) {
  return dy.graph().add(kConv2dDw, {dy, x}, Conv2dDwSettings{settings, kernel_h, kernel_w});
}

}  // namespace imago

#include "compute/ops/conv2d_kernels.h"

namespace imago {
namespace {

/// The buffers and constants of shaders/include/epilogue.glsl.
struct Epilogue {
  ValueId bias, slope, residual;  // where absent: any value that may be bound
  std::vector<uint32_t> constants;
};

Epilogue make_epilogue(Lowering& l, const ConvFusedSettings& s) {
  size_t next = 2;
  const ValueId unused = l.input(1);
  Epilogue e{unused, unused, unused, {}};
  uint32_t slope_mode = 0;
  if (s.has_bias) e.bias = l.input(next++);
  if (s.has_slope) {
    slope_mode = l.input_shape(next).elements() == 1 ? 1 : 2;
    e.slope = l.input(next++);
  }
  if (s.has_residual) e.residual = l.input(next++);
  e.constants = {static_cast<uint32_t>(s.activation.operation), s.has_bias, slope_mode,
                 s.has_residual};
  return e;
}

double flops(const Lowering& l, const Shape& out, const ConvFusedSettings& s) {
  const Shape &x = l.input_shape(0), &w = l.input_shape(1);
  const double taps = static_cast<double>(w.h * w.w);
  // conv2d sums over its inputs per output, conv2d_dx spreads each input over outputs.
  return s.transposed ? 2.0 * static_cast<double>(x.elements()) * static_cast<double>(w.c) * taps
                      : 2.0 * static_cast<double>(out.elements()) * static_cast<double>(w.c) * taps;
}

/// shaders/conv2d.comp: any device, any shape.
void lower_direct(Lowering& l, const Shape& out, const ConvFusedSettings& s) {
  constexpr int64_t kPixels = 4, kChannels = 8, kLocalSize = 64;  // as in the shader
  const Shape &x = l.input_shape(0), &w = l.input_shape(1);
  struct Push {
    int32_t in_channels, in_h, in_w;
    int32_t out_channels, out_h, out_w;
    int32_t padding;
    float activation_a, activation_b, output_scale;
  };
  const auto i32 = [](int64_t v) { return static_cast<int32_t>(v); };
  const Push push{i32(x.c),   i32(x.h),       i32(x.w),       i32(out.c),     i32(out.h),
                  i32(out.w), s.conv.padding, s.activation.a, s.activation.b, s.scale};
  const Epilogue e = make_epilogue(l, s);
  std::vector<uint32_t> constants = e.constants;
  constants.insert(constants.end(),
                   {s.transposed, static_cast<uint32_t>(w.h), static_cast<uint32_t>(w.w),
                    static_cast<uint32_t>(s.conv.stride)});
  const int64_t per_group = kPixels * kLocalSize;
  l.dispatch({.kernel = "conv2d",
              .constants = constants,
              .bindings = {l.input(0), l.input(1), e.bias, e.slope, e.residual, l.output()},
              .push = push,
              .groups = {static_cast<uint32_t>((out.h * out.w + per_group - 1) / per_group),
                         static_cast<uint32_t>((out.c + kChannels - 1) / kChannels),
                         static_cast<uint32_t>(out.n)},
              .flops = flops(l, out, s)});
}

}  // namespace

void lower_convolution(Lowering& l, const Shape& out, const ConvFusedSettings& s) {
  lower_direct(l, out, s);
}

}  // namespace imago

// Host side of shaders/conv2d_few*.comp: convolutions with so few outputs, or transposed ones with
// so few inputs, that repacking the weights would take longer than using them. The innermost layers
// of a U-Net are such, and in training their weights change with every step.
#include <algorithm>

#include "compute/ops/conv2d_kernels.h"

namespace imago {
namespace {

// With 16 inputs the transposed kernel takes four times as long as conv2d_texel_dx.
constexpr int64_t kMostOutputs = 16, kMostInputs = 4;

/// Outputs of conv2d, inputs of conv2d_dx.
int64_t pixels_of(const ConvProblem& c) {
  const Shape& shape = c.settings.transposed ? c.x : c.y;
  return shape.n * shape.h * shape.w;
}

Binding texels4(ValueId value) {
  Binding binding(value);
  binding.texel4 = true;
  return binding;
}

void lower_few_outputs(Lowering& l, const ConvProblem& c) {
  const int64_t lanes = l.device().subgroup_size, outputs = pixels_of(c);
  const int64_t texels = c.w.c * c.w.h * c.w.w / 4;
  const ValueId u = l.scratch(texels * outputs * 16);
  struct ColumnsPush {
    int32_t channels, height, width, out_height, out_width, stride, padding;
  };
  const Groups along = groups_along(texels, lanes);
  l.dispatch({.kernel = "conv2d_few_columns",
              .constants = {along.size, u32(c.w.h), u32(c.w.w)},
              .bindings = {l.input(0), u},
              .push = ColumnsPush{i32(c.x.c), i32(c.x.h), i32(c.x.w), i32(c.y.h), i32(c.y.w),
                                  c.stride(), c.padding()},
              .groups = {along.count, u32(outputs), 1}});
  struct Push {
    int32_t out_channels, texels, pixels;
    float a, b, scale;
  };
  const int64_t rows = outputs <= 4 ? 4 : 2;
  Constants constants{u32(lanes), u32(rows), u32(outputs)};
  const Epilogue e = make_epilogue(
      l, c.settings, Binding(u, 0, std::min<int64_t>(256, texels * outputs * 16)), constants);
  l.dispatch(
      {.kernel = "conv2d_few",
       .constants = constants,
       .bindings = {texels4(l.input(1)), texels4(u), e.bias, e.slope, e.residual, l.output()},
       .push = Push{i32(c.y.c), i32(texels), i32(c.y.h * c.y.w), e.a, e.b, e.scale},
       .groups = {u32(ceil_div(c.y.c, lanes * rows)), 1, 1},
       .flops = c.flops()});
}

ValueId scatter(Lowering& l, const ConvProblem& c) {
  const int64_t lanes = l.device().subgroup_size, inputs = pixels_of(c);
  const int64_t texels = c.w.c * c.w.h * c.w.w / 4, groups = ceil_div(inputs, 4);
  const int64_t channels = ceil_div(c.x.c, lanes) * lanes;
  const ValueId u = l.scratch(groups * channels * 16), z = l.scratch(inputs * texels * 16);
  struct InputsPush {
    int32_t in_channels, pixels, inputs;
  };
  l.dispatch({.kernel = "conv2d_few_inputs",
              .constants = {u32(lanes)},
              .bindings = {l.input(0), u},
              .push = InputsPush{i32(c.x.c), i32(c.x.h * c.x.w), i32(inputs)},
              .groups = {u32(channels / lanes), u32(groups), 1}});
  struct Push {
    int32_t in_channels, channels, texels, inputs;
  };
  const int64_t columns = groups == 1 ? 4 : groups == 2 ? 2 : 1;
  l.dispatch({.kernel = "conv2d_few_scatter",
              .constants = {u32(lanes), u32(columns), u32(groups)},
              .bindings = {texels4(l.input(1)), texels4(u), z},
              .push = Push{i32(c.x.c), i32(channels), i32(texels), i32(inputs)},
              .groups = {u32(ceil_div(texels, lanes * columns)), 1, 1},
              .flops = c.flops()});
  return z;
}

void lower_few_inputs(Lowering& l, const ConvProblem& c) {
  const ValueId z = scatter(l, c);
  struct Push {
    int32_t height, width, out_channels, out_height, out_width;
    int32_t kernel_h, kernel_w, stride, padding;
    float a, b, scale;
  };
  const Groups along = groups_along(c.y.h * c.y.w, l.device().subgroup_size);
  Constants constants;
  constants.set(0, along.size);
  const Epilogue e = make_epilogue(l, c.settings, z, constants);
  l.dispatch({.kernel = "conv2d_few_gather",
              .constants = constants,
              .bindings = {z, e.bias, e.slope, e.residual, l.output()},
              .push = Push{i32(c.x.h), i32(c.x.w), i32(c.y.c), i32(c.y.h), i32(c.y.w), i32(c.w.h),
                           i32(c.w.w), c.stride(), c.padding(), e.a, e.b, e.scale},
              .groups = {along.count, u32(c.y.c), u32(c.y.n)}});
}

}  // namespace

bool can_lower_few(const DeviceProperties& device, const ConvProblem& c) {
  const int64_t row = c.w.c * c.w.h * c.w.w, pixels = pixels_of(c);
  if (!prefers_texels(device) || pixels > (c.settings.transposed ? kMostInputs : kMostOutputs) ||
      row % 4 != 0)
    return false;
  const auto elements = static_cast<int64_t>(device.max_texel_elements);
  return c.w.elements() / 4 <= elements && c.x.elements() <= elements &&
         c.y.elements() <= elements && row * pixels <= elements && c.y.c <= device.max_groups[1] &&
         c.y.n <= device.max_groups[2];
}

void lower_few(Lowering& l, const ConvProblem& c) {
  if (c.settings.transposed)
    lower_few_inputs(l, c);
  else
    lower_few_outputs(l, c);
}

}  // namespace imago

// Host side of shaders/conv2d_tiled.comp.
#include <algorithm>

#include "compute/ops/conv2d_kernels.h"

namespace imago {
namespace {

constexpr int64_t kTile = 64;
constexpr uint32_t kInvocations = 256, kSharedBytes = 16 * (64 + 65) * 4;

void lower_phase(Lowering& l, const ConvProblem& c, const ConvPhase& rows,
                 const ConvPhase& columns) {
  struct Push {
    int32_t batch, in_channels, in_height, in_width, rows, columns;
    int32_t out_channels, out_height, out_width, out_row, out_column, out_step;
    int32_t source_y, source_x, out_stride, in_stride, row_stride;
    int32_t tap_y, step_y, tap_x, step_x;
    float a, b, scale;
  };
  const bool transposed = c.settings.transposed;
  const int64_t taps = c.w.h * c.w.w, outer = c.w.c * taps;
  Constants constants{u32(rows.taps), u32(columns.taps), u32(transposed ? 1 : c.stride())};
  const Epilogue e = make_epilogue(l, c.settings, l.input(1), constants);
  const double products = static_cast<double>(c.x.n * rows.outputs * columns.outputs) *
                          static_cast<double>(c.y.c * c.x.c * rows.taps * columns.taps);
  // More tiles of pixels than fit into one dimension of groups go on in another.
  const int64_t tiles = ceil_div(c.y.n * rows.outputs * columns.outputs, kTile);
  const int64_t layers = ceil_div(tiles, static_cast<int64_t>(l.device().max_groups[0]));
  l.dispatch({.kernel = "conv2d_tiled",
              .constants = constants,
              .bindings = {l.input(0), l.input(1), e.bias, e.slope, e.residual, l.output()},
              .push = Push{i32(c.x.n),
                           i32(c.x.c),
                           i32(c.x.h),
                           i32(c.x.w),
                           i32(rows.outputs),
                           i32(columns.outputs),
                           i32(c.y.c),
                           i32(c.y.h),
                           i32(c.y.w),
                           i32(rows.offset),
                           i32(columns.offset),
                           transposed ? c.stride() : 1,
                           i32(rows.source),
                           i32(columns.source),
                           i32(transposed ? taps : outer),
                           i32(transposed ? outer : taps),
                           i32(c.w.w),
                           i32(rows.tap),
                           i32(rows.step),
                           i32(columns.tap),
                           i32(columns.step),
                           e.a,
                           e.b,
                           e.scale},
              .groups = {u32(ceil_div(tiles, layers)), u32(ceil_div(c.y.c, kTile)), u32(layers)},
              .flops = 2 * products});
}

}  // namespace

bool can_lower_tiled(const DeviceProperties& device, const ConvProblem& c) {
  if (device.kind == DeviceProperties::Kind::cpu) return false;  // shared memory is slow there
  if (c.settings.transposed && std::min(c.w.h, c.w.w) < c.stride()) return false;  // empty phases
  return device.max_group_invocations >= kInvocations && device.max_group_size[0] >= 16 &&
         device.max_group_size[1] >= 16 && device.shared_memory_bytes >= kSharedBytes;
}

void lower_tiled(Lowering& lowering, const ConvProblem& problem) {
  for (const ConvPhase& rows : conv_phases(problem, problem.y.h, problem.w.h))
    for (const ConvPhase& columns : conv_phases(problem, problem.y.w, problem.w.w))
      if (rows.outputs > 0 && columns.outputs > 0) lower_phase(lowering, problem, rows, columns);
}

}  // namespace imago

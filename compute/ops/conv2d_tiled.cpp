// Host side of shaders/conv2d_tiled*.comp and conv2d_join.comp.
#include <algorithm>

#include "compute/ops/conv2d_kernels.h"
#include "compute/ops/gpu_tiles.h"

namespace imago {
namespace {

constexpr int64_t kStepsPerSlice = 8;  // below, putting slices together takes longer than they do
constexpr int64_t kMostSlices = 32;
constexpr int64_t kPartialBytes = 64 << 20;

/// What the tiles of a convolution have to do: its phases side by side.
struct Work {
  int64_t phases = 0, pixels = 0, taps = 0;  // pixels, taps: of the largest phase
  double products = 0;                       // pixels * taps of all phases, in whole tiles

  Work(const ConvProblem& c, const GpuTile& tile) {
    for (const ConvPhase& rows : conv_phases(c, c.y.h, c.w.h))
      for (const ConvPhase& columns : conv_phases(c, c.y.w, c.w.w)) {
        const int64_t its_pixels = c.y.n * rows.outputs * columns.outputs;
        const int64_t its_taps = rows.taps * columns.taps;
        ++phases;
        pixels = std::max(pixels, its_pixels);
        taps = std::max(taps, its_taps);
        products += static_cast<double>(ceil_div(its_pixels, tile.columns()) * tile.columns()) *
                    static_cast<double>(its_taps);
      }
  }
};

/// A sum over few channels is not made longer than it is.
int64_t depth_of(const ConvProblem& c, const GpuTile& tile) {
  int64_t depth = tile.depth;
  while (depth > 4 && depth / 2 >= c.x.c) depth /= 2;
  return depth;
}

int64_t slices_that_pay(const ConvProblem& c, int64_t steps) {
  const int64_t room = std::max<int64_t>(1, kPartialBytes / c.y.bytes());
  return std::clamp<int64_t>(steps / kStepsPerSlice, 1, std::min(kMostSlices, room));
}

TileWork work_of(const ConvProblem& c, const GpuTile& tile) {
  const Work work(c, tile);
  const int64_t chunks = ceil_div(c.x.c, depth_of(c, tile));
  const int64_t down = ceil_div(c.y.c, tile.rows());
  const double deep = static_cast<double>(chunks * depth_of(c, tile));
  return {work.products * deep * static_cast<double>(down * tile.rows()),
          ceil_div(work.pixels, tile.columns()) * down * work.phases,
          slices_that_pay(c, work.taps * chunks)};
}

ValueId pack_weights(Lowering& l, const ConvProblem& c) {
  struct Push {
    int32_t taps, in_channels, out_channels, out_stride, in_stride;
  };
  const bool transposed = c.settings.transposed;
  const int64_t taps = c.w.h * c.w.w, outer = c.w.c * taps;
  const int64_t quads = taps * c.x.c * ceil_div(c.y.c, 4);
  const NumberType type = l.type(l.input(0));  // of w it may be fp32 all the same
  const ValueId packed = l.scratch(quads * 4 * bytes_of(type), type);
  l.dispatch({.kernel = "conv2d_tiled_weights",
              .constants = {},
              .bindings = {l.input(1), packed},
              .push = Push{i32(taps), i32(c.x.c), i32(c.y.c), i32(transposed ? taps : outer),
                           i32(transposed ? outer : taps)},
              .groups = l.flat_groups(quads)});
  return packed;
}

void join(Lowering& l, const ConvProblem& c, ValueId partial, int64_t slices) {
  struct Push {
    int32_t slices, elements, channels, plane;
    float a, b, scale;
  };
  Constants constants;
  const Epilogue e = make_epilogue(l, c.settings, partial, constants);
  l.dispatch({.kernel = "conv2d_join",
              .constants = constants,
              .bindings = {partial, e.bias, e.slope, e.residual, l.output()},
              .push = Push{i32(slices), i32(c.y.elements()), i32(c.y.c), i32(c.y.h * c.y.w), e.a,
                           e.b, e.scale},
              .groups = l.flat_groups(c.y.elements())});
}

}  // namespace

bool can_lower_tiled(const DeviceProperties& device, const ConvProblem& c) {
  // Layers, phases and slices share a dimension of groups.
  const auto phases = static_cast<int64_t>(c.settings.transposed ? c.stride() * c.stride() : 1);
  return runs_tiles(device) && phases * kMostSlices <= device.max_groups[2];
}

void lower_tiled(Lowering& l, const ConvProblem& c) {
  const GpuTile tile =
      choose_tile(l.device(), [&](const GpuTile& candidate) { return work_of(c, candidate); });
  const TileWork work = work_of(c, tile);
  const int64_t to_fill = kInvocationsToFill / (work.groups * tile.size());
  lower_tiled(l, c, tile, std::clamp<int64_t>(to_fill, 1, work.most_slices));
}

void lower_tiled(Lowering& l, const ConvProblem& c, const GpuTile& tile, int64_t slices) {
  struct Push {
    int32_t batch, in_channels, in_height, in_width, out_channels, out_height, out_width;
    int32_t padding, layers, steps_per_slice;
    float a, b, scale;
  };
  const Work work(c, tile);
  const int64_t depth = depth_of(c, tile);
  const int64_t steps = std::max<int64_t>(1, work.taps * ceil_div(c.x.c, depth));
  const int64_t per_slice = ceil_div(steps, slices);
  slices = ceil_div(steps, per_slice);
  const int64_t tiles = ceil_div(work.pixels, tile.columns());
  const int64_t layers = ceil_div(tiles, static_cast<int64_t>(l.device().max_groups[0]));

  const ValueId packed = pack_weights(l, c);
  const ValueId result = slices == 1 ? l.output() : l.scratch(slices * c.y.bytes());
  Constants constants{u32(tile.size()),  c.settings.transposed, u32(c.w.h),
                      u32(c.w.w),        u32(c.stride()),       u32(tile.lanes_o),
                      u32(tile.lanes_p), u32(tile.quads_o),     u32(tile.quads_p),
                      u32(depth),        c.x.c % depth != 0};
  ConvFusedSettings plain;
  plain.conv = c.settings.conv;
  const Epilogue e = make_epilogue(l, slices == 1 ? c.settings : plain, packed, constants);
  l.dispatch({.kernel = "conv2d_tiled",
              .constants = constants,
              .bindings = {l.input(0), packed, e.bias, e.slope, e.residual, result},
              .push = Push{i32(c.x.n), i32(c.x.c), i32(c.x.h), i32(c.x.w), i32(c.y.c), i32(c.y.h),
                           i32(c.y.w), c.padding(), i32(layers), i32(per_slice), e.a, e.b, e.scale},
              .groups = {u32(ceil_div(tiles, layers)), u32(ceil_div(c.y.c, tile.rows())),
                         u32(layers * work.phases * slices)},
              .flops = c.flops(),
              .executed_flops = 2 * work_of(c, tile).products});
  if (slices > 1) join(l, c, result, slices);
}

}  // namespace imago

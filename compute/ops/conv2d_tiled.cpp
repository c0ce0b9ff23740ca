// Host side of shaders/conv2d_tiled.comp.
#include <algorithm>

#include "compute/ops/conv2d_products.h"
#include "compute/ops/gpu_tiles.h"

namespace imago {
namespace {

/// A sum over few channels is not made longer than it is.
int64_t depth_of(const ConvProblem& c, const GpuTile& tile) {
  int64_t depth = tile.depth;
  while (depth > 4 && depth / 2 >= c.x.c) depth /= 2;
  return depth;
}

TileWork work_of(const ConvProblem& c, const GpuTile& tile) {
  const PhaseWork work = phase_work(c, tile.columns());
  const int64_t chunks = ceil_div(c.x.c, depth_of(c, tile));
  const int64_t down = ceil_div(c.y.c, tile.rows());
  const double deep = static_cast<double>(chunks * depth_of(c, tile));
  return {work.products * deep * static_cast<double>(down * tile.rows()),
          ceil_div(work.pixels, tile.columns()) * down * work.phases,
          slices_that_pay(c, work.taps * chunks)};
}

}  // namespace

bool can_lower_tiled(const DeviceProperties& device, const ConvProblem& c) {
  // Layers, phases and slices share a dimension of groups.
  const auto phases = static_cast<int64_t>(c.settings.transposed ? c.stride() * c.stride() : 1);
  return runs_tiles(device) && phases * kMostSlices <= device.max_groups[2];
}

double time_tiled(const DeviceProperties& device, const ConvProblem& c) {
  const GpuTile tile =
      choose_tile(device, [&](const GpuTile& candidate) { return work_of(c, candidate); });
  return time_of(work_of(c, tile), tile.size(), tile.rate);
}

std::vector<KernelCandidate> tiled_candidates(const DeviceProperties& device,
                                              const ConvProblem& c) {
  if (!can_lower_tiled(device, c)) return {};
  const std::vector<GpuTile> tiles =
      tiles_by_time(device, [&](const GpuTile& tile) { return work_of(c, tile); });
  std::vector<KernelCandidate> candidates;
  for (size_t i = 0; i < tiles.size(); ++i) {
    const GpuTile tile = tiles[i];
    const TileWork work = work_of(c, tile);
    add_slicings(candidates, "tiled-" + tile.name(), slices_to_fill(work, tile.size()),
                 work.most_slices, i < kTilesToMeasure,
                 [c, tile](Lowering& l, int64_t slices) { lower_tiled(l, c, tile, slices); });
  }
  return candidates;
}

void lower_tiled(Lowering& l, const ConvProblem& c) {
  tiled_candidates(l.device(), c).front().lower(l);
}

void lower_tiled(Lowering& l, const ConvProblem& c, const GpuTile& tile, int64_t slices) {
  struct Push {
    int32_t batch, in_channels, in_height, in_width, out_channels, out_height, out_width;
    int32_t padding, layers, steps_per_slice;
    float a, b, scale;
  };
  const PhaseWork work = phase_work(c, tile.columns());
  const int64_t depth = depth_of(c, tile);
  const int64_t steps = std::max<int64_t>(1, work.taps * ceil_div(c.x.c, depth));
  const int64_t per_slice = ceil_div(steps, slices);
  slices = ceil_div(steps, per_slice);
  const int64_t tiles = ceil_div(work.pixels, tile.columns());
  const int64_t layers = ceil_div(tiles, static_cast<int64_t>(l.device().max_groups[0]));

  const ValueId packed = pack_weights(l, c, Innermost::out_channels);
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
  if (slices > 1) join_slices(l, c, result, slices);
}

}  // namespace imago

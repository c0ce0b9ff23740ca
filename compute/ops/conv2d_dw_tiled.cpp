// Host side of shaders/conv2d_dw_tiled.comp.
#include <algorithm>
#include <limits>

#include "compute/ops/conv2d_dw_kernels.h"
#include "compute/ops/conv2d_products.h"
#include "compute/ops/gpu_tiles.h"

namespace imago {
namespace {

constexpr int64_t kDepth = 16;  // pixels at a time, so that loads of a row lie side by side
constexpr int64_t kStepsPerSlice = 16;
constexpr int64_t kMostSlices = 256;

int64_t columns_of(const ConvDwProblem& c) { return c.w.c * c.w.h * c.w.w; }

int64_t steps_of(const ConvDwProblem& c) { return ceil_div(c.dy.n * c.dy.h * c.dy.w, kDepth); }

/// Bytes of shared memory: a row is a vec4 longer than the tile.
int64_t shared_bytes(const GpuTile& tile) {
  return (tile.rows() + 4 + tile.columns() + 4) * kDepth * 4;
}

/// Whether the shared memory is enough, and the registers for what an invocation has on its way.
bool serves(const DeviceProperties& device, const GpuTile& tile) {
  constexpr int64_t kMostLoads = 16;
  const int64_t apart = tile.size() / kDepth;
  return shared_bytes(tile) <= device.shared_memory_bytes &&
         std::max(tile.rows(), tile.columns()) <= kMostLoads * apart;
}

TileWork work_of(const DeviceProperties& device, const ConvDwProblem& c, const GpuTile& tile) {
  if (!serves(device, tile)) return {std::numeric_limits<double>::infinity(), 1, 1};
  const int64_t down = ceil_div(c.w.n, tile.rows());
  const int64_t across = ceil_div(columns_of(c), tile.columns());
  return {static_cast<double>(down * tile.rows()) * static_cast<double>(across * tile.columns()) *
              static_cast<double>(steps_of(c) * kDepth),
          down * across, std::clamp<int64_t>(steps_of(c) / kStepsPerSlice, 1, kMostSlices)};
}

}  // namespace

bool can_lower_dw_tiled(const DeviceProperties& device, const ConvDwProblem& c) {
  constexpr int64_t kLeastColumns = 16;
  return runs_tiles(device) && ceil_div(columns_of(c), kLeastColumns) <= device.max_groups[0] &&
         std::any_of(gpu_tiles().begin(), gpu_tiles().end(),
                     [&](const GpuTile& tile) { return serves(device, tile); });
}

std::vector<KernelCandidate> dw_tiled_candidates(const DeviceProperties& device,
                                                 const ConvDwProblem& c) {
  if (!can_lower_dw_tiled(device, c)) return {};
  const std::vector<GpuTile> tiles =
      tiles_by_time(device, [&](const GpuTile& tile) { return work_of(device, c, tile); });
  std::vector<KernelCandidate> candidates;
  for (size_t i = 0; i < tiles.size(); ++i) {
    const GpuTile tile = tiles[i];
    const TileWork work = work_of(device, c, tile);
    add_slicings(candidates, "tiled-" + tile.name(), slices_to_fill(work, tile.size()),
                 work.most_slices, i < kTilesToMeasure,
                 [c, tile](Lowering& l, int64_t slices) { lower_dw_tiled(l, c, tile, slices); });
  }
  return candidates;
}

void lower_dw_tiled(Lowering& l, const ConvDwProblem& c) {
  dw_tiled_candidates(l.device(), c).front().lower(l);
}

void lower_dw_tiled(Lowering& l, const ConvDwProblem& c, const GpuTile& tile, int64_t wanted) {
  struct Push {
    int32_t in_channels, in_height, in_width, out_channels, out_height, out_width;
    int32_t padding, pixels, pixels_per_slice;
  };
  const Slices slices = choose_slices(steps_of(c), wanted, c.w.bytes());
  const ValueId partial = partial_results(l, c, slices);
  l.dispatch({.kernel = "conv2d_dw_tiled",
              .constants = {u32(tile.size()), u32(c.w.h), u32(c.w.w), u32(c.stride()),
                            u32(tile.lanes_o), u32(tile.lanes_p), u32(tile.quads_o),
                            u32(tile.quads_p), u32(kDepth), c.w.c % tile.columns() == 0},
              .bindings = {l.input(0), l.input(1), partial},
              .push = Push{i32(c.x.c), i32(c.x.h), i32(c.x.w), i32(c.dy.c), i32(c.dy.h),
                           i32(c.dy.w), i32(c.padding()), i32(c.dy.n * c.dy.h * c.dy.w),
                           i32(slices.per_slice * kDepth)},
              .groups = {u32(ceil_div(columns_of(c), tile.columns())),
                         u32(ceil_div(c.w.n, tile.rows())), u32(slices.count)},
              .flops = c.flops(),
              .executed_flops = 2 * work_of(l.device(), c, tile).products});
  lower_sum_of_slices(l, c, slices, partial);
}

}  // namespace imago

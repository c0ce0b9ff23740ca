// Host side of shaders/cooperative/conv2d_cooperative.comp.
#include <algorithm>
#include <array>
#include <bit>

#include "compute/ops/conv2d_products.h"

namespace imago {
namespace {

using MatrixShape = DeviceProperties::MatrixShape;

constexpr int64_t kMostDepth = 32;
constexpr int64_t kUsualDepth = 16;  // of conv2d_tiled, whose steps slices are counted in

/// The peak of matrix units, of fp16 with sums in fp32, in products of conv2d_tiled's best tile,
/// which reaches 82 % of that of fp32: twice fp32's on AMD's RDNA3 and NVIDIA's GeForce (8 and 16
/// times on cards for computing, where they are chosen too seldom).
constexpr double kPeak = 2 / 0.82;

/// Shares of it that the machine code of AMD's compiler can reach (docs/kernels-on-gpus.md).
constexpr std::array kTiles = {
    MatrixTile{2, 2, 4, 4, kPeak * 0.77},  // 128 x 128, where matrices are 16 x 16
    MatrixTile{2, 2, 2, 4, kPeak * 0.68},  // 64 x 128
    MatrixTile{2, 2, 2, 2, kPeak * 0.55},  // 64 x 64
    MatrixTile{1, 4, 2, 2, kPeak * 0.55},  // 32 x 128
    MatrixTile{1, 4, 1, 4, kPeak * 0.38},  // 16 x 256
    MatrixTile{2, 2, 1, 1, kPeak * 0.37},  // 32 x 32
    MatrixTile{4, 1, 1, 1, kPeak * 0.39},  // 64 x 16
};

/// What the shader's copies to shared memory are written for: powers of two, rows of 16 bytes.
bool fits(const MatrixShape& s) {
  return std::has_single_bit(s.m) && std::has_single_bit(s.n) && std::has_single_bit(s.k) &&
         s.m >= 8 && s.n >= 8 && s.k >= 8 && s.m <= 64 && s.n <= 64 && s.k <= kMostDepth;
}

/// Channels at a time; a sum over few is not made longer than it is.
int64_t depth_of(const ConvProblem& c, const MatrixShape& s) {
  int64_t depth = s.k;
  while (depth < kMostDepth && depth < c.x.c) depth *= 2;
  return depth;
}

/// Invocations of a workgroup: subgroups enough for all jobs, in whole subgroups of any size.
int64_t size_of(const DeviceProperties& device, const MatrixTile& tile) {
  const int64_t most = std::max<int64_t>(1, device.most_subgroup_size);
  return ceil_div(tile.jobs() * std::max<int64_t>(1, device.least_subgroup_size), most) * most;
}

bool runs(const DeviceProperties& device, const MatrixTile& tile, const MatrixShape& s) {
  const int64_t row_bytes = (kMostDepth / 4 + 2) * 8;
  const int64_t shared =
      (tile.rows(s) + tile.columns(s)) * row_bytes + tile.jobs() * s.m * s.n * int64_t{4};
  return device.max_group_invocations >= size_of(device, tile) &&
         device.max_group_size[0] >= size_of(device, tile) && device.shared_memory_bytes >= shared;
}

TileWork work_of(const ConvProblem& c, const MatrixTile& tile, const MatrixShape& s) {
  const PhaseWork work = phase_work(c, tile.columns(s));
  const int64_t chunks = ceil_div(c.x.c, depth_of(c, s));
  const int64_t down = ceil_div(c.y.c, tile.rows(s));
  const double deep = static_cast<double>(chunks * depth_of(c, s));
  return {work.products * deep * static_cast<double>(down * tile.rows(s)),
          ceil_div(work.pixels, tile.columns(s)) * down * work.phases,
          slices_that_pay(c, work.taps * chunks * depth_of(c, s) / kUsualDepth)};
}

struct TimedTile {
  double time;
  MatrixTile tile;
};

/// Those that run on the device, the fastest first.
std::vector<TimedTile> tiles_by_time(const DeviceProperties& device, const ConvProblem& c) {
  const MatrixShape s = matrix_shape(device);
  std::vector<TimedTile> tiles;
  for (const MatrixTile& tile : kTiles)
    if (s.m > 0 && runs(device, tile, s))
      tiles.push_back({time_of(work_of(c, tile, s), size_of(device, tile), tile.rate), tile});
  std::ranges::stable_sort(tiles, {}, &TimedTile::time);
  return tiles;
}

}  // namespace

std::span<const MatrixTile> matrix_tiles() { return kTiles; }

MatrixShape matrix_shape(const DeviceProperties& device) {
  const auto found = std::ranges::find_if(device.matrix_shapes, fits);
  return found == device.matrix_shapes.end() ? MatrixShape{} : *found;
}

bool prefers_cooperative(const DeviceProperties& device, const ConvProblem& c) {
  const std::vector<TimedTile> tiles = tiles_by_time(device, c);
  return !tiles.empty() && tiles.front().time < time_tiled(device, c);
}

std::vector<KernelCandidate> cooperative_candidates(const Lowering& lowering,
                                                    const ConvProblem& c) {
  const DeviceProperties& device = lowering.device();
  const auto is_half = [&](size_t i) {
    return lowering.type(lowering.input(i)) == NumberType::fp16;
  };
  if (!device.trusts_matrices || !is_half(0) || !is_half(1) || !can_lower_tiled(device, c))
    return {};
  const MatrixShape s = matrix_shape(device);
  const std::vector<TimedTile> tiles = tiles_by_time(device, c);
  std::vector<KernelCandidate> candidates;
  for (size_t i = 0; i < tiles.size(); ++i) {
    const MatrixTile tile = tiles[i].tile;
    const TileWork work = work_of(c, tile, s);
    add_slicings(candidates,
                 "matrices-" + std::to_string(tile.rows(s)) + "x" + std::to_string(tile.columns(s)),
                 slices_to_fill(work, size_of(device, tile)), work.most_slices, i < kTilesToMeasure,
                 [c, tile](Lowering& l, int64_t slices) { lower_cooperative(l, c, tile, slices); });
  }
  return candidates;
}

void lower_cooperative(Lowering& l, const ConvProblem& c, const MatrixTile& tile, int64_t slices) {
  struct Push {
    int32_t batch, in_channels, in_height, in_width, out_channels, out_height, out_width;
    int32_t padding, layers, steps_per_slice;
    float a, b, scale;
  };
  const MatrixShape s = matrix_shape(l.device());
  const PhaseWork work = phase_work(c, tile.columns(s));
  const int64_t depth = depth_of(c, s), size = size_of(l.device(), tile);
  const int64_t steps = std::max<int64_t>(1, work.taps * ceil_div(c.x.c, depth));
  const int64_t per_slice = ceil_div(steps, slices);
  slices = ceil_div(steps, per_slice);
  const int64_t tiles = ceil_div(work.pixels, tile.columns(s));
  const int64_t layers = ceil_div(tiles, static_cast<int64_t>(l.device().max_groups[0]));

  const ValueId packed = pack_weights(l, c, Innermost::in_channels);
  const ValueId result = slices == 1 ? l.output() : l.scratch(slices * c.y.bytes());
  Constants constants{u32(size),
                      c.settings.transposed,
                      u32(c.w.h),
                      u32(c.w.w),
                      u32(c.stride()),
                      s.m,
                      s.n,
                      s.k,
                      u32(tile.jobs_o),
                      u32(tile.jobs_p),
                      u32(tile.blocks_o),
                      u32(tile.blocks_p),
                      u32(depth),
                      u32(size)};
  ConvFusedSettings plain;
  plain.conv = c.settings.conv;
  const Epilogue e = make_epilogue(l, slices == 1 ? c.settings : plain, packed, constants);
  l.dispatch({.kernel = "conv2d_cooperative",
              .constants = constants,
              .bindings = {l.input(0), packed, e.bias, e.slope, e.residual, result},
              .push = Push{i32(c.x.n), i32(c.x.c), i32(c.x.h), i32(c.x.w), i32(c.y.c), i32(c.y.h),
                           i32(c.y.w), c.padding(), i32(layers), i32(per_slice), e.a, e.b, e.scale},
              .groups = {u32(ceil_div(tiles, layers)), u32(ceil_div(c.y.c, tile.rows(s))),
                         u32(layers * work.phases * slices)},
              .flops = c.flops(),
              .executed_flops = 2 * work_of(c, tile, s).products});
  if (slices > 1) join_slices(l, c, result, slices);
}

}  // namespace imago

// Host side of shaders/conv2d_winograd_*.comp: Winograd's F(4×4, 3×3), F(3×3, 4×4) and, for 4×4
// with stride 2 split into halves, F(4×4, 2×2), in three steps, a chunk of tiles at a time so that
// the transformed tiles stay small (docs/kernels-on-cpu-drivers.md).
#include <algorithm>

#include "compute/ops/conv2d_kernels.h"

namespace imago {
namespace {

constexpr int64_t kMostTilesEach = 4;  // of an invocation of the products
constexpr uint32_t kTileId = 8, kFirstId = 9, kHalvesId = 11, kUpsampleId = 12;
constexpr int64_t kMostTiles = 512;  // a chunk's V and M should stay in the cache
constexpr int64_t kLeastTilesOfHalves = 64;

struct Sizes {
  bool halves;       // stride 2
  int64_t tile;      // side of an output tile
  int64_t matrices;  // numbers in a transformed tile
  int64_t out;       // output channels per invocation
  int64_t lanes, groups_in, blocks, groups_out, tiles_x, tiles_y, all_tiles;
  int64_t each;   // tiles per invocation of the products: no more than give every lane one
  int64_t chunk;  // tiles

  int64_t step() const { return lanes * each; }
};

Sizes make_sizes(const DeviceProperties& device, const ConvProblem& c) {
  Sizes s{};
  s.halves = c.stride() == 2;
  s.tile = s.halves ? 4 : 7 - c.w.h;
  s.matrices = s.halves ? 25 : 36;
  s.lanes = device.subgroup_size;
  s.groups_in = (s.halves ? 4 : 1) * ceil_div(c.x.c, 4);
  s.out = c.y.c % 32 == 0 || c.y.c > 64 ? 32 : 16;
  s.blocks = ceil_div(c.y.c, s.out);
  s.groups_out = s.blocks * s.out / 4;
  s.tiles_x = ceil_div(c.y.w, s.tile);
  s.tiles_y = ceil_div(c.y.h, s.tile);
  s.all_tiles = c.y.n * s.tiles_x * s.tiles_y;
  const int64_t per_tile = s.matrices * 16 * std::max(s.groups_in, s.groups_out);
  const int64_t most = std::min(static_cast<int64_t>(device.max_storage_range),
                                static_cast<int64_t>(device.max_texel_elements) * 16);
  s.each = 1;
  while (s.each < kMostTilesEach && s.step() < s.all_tiles) s.each *= 2;
  const int64_t step = s.step();
  s.chunk = std::min({std::max(most / per_tile / step, int64_t{1}) * step, kMostTiles,
                      ceil_div(s.all_tiles, step) * step});
  return s;
}

ValueId transform_weights(Lowering& l, const ConvProblem& c, const Sizes& s) {
  struct Push {
    int32_t out_channels, in_channels, flip;
  };
  const int64_t per_block = s.groups_in * s.out * 4;
  const ValueId u = l.scratch(s.matrices * s.blocks * per_block * 4);
  const Groups along = groups_along(s.groups_in * s.out, s.lanes);
  Constants constants;
  constants.set(0, along.size);
  constants.set(2, u32(s.out));
  constants.set(kTileId, u32(s.tile));
  constants.set(kHalvesId, s.halves);
  Binding weights(l.input(1));
  weights.texel4 = c.w.h == 4;
  l.dispatch({.kernel = "conv2d_winograd_weights",
              .constants = constants,
              .bindings = {weights, u},
              .push = Push{i32(c.y.c), i32(c.x.c), i32(c.settings.transposed)},
              .groups = {along.count, u32(s.blocks), 1}});
  return u;
}

Binding texels4(ValueId value) {
  Binding binding(value);
  binding.texel4 = true;
  return binding;
}

void lower_chunk(Lowering& l, const ConvProblem& c, const Sizes& s, ValueId u, int64_t first,
                 int64_t tiles) {
  const ValueId v = l.scratch(s.matrices * s.groups_in * tiles * 16);
  const ValueId m = l.scratch(s.matrices * s.groups_out * tiles * 16);
  // conv2d_dx with stride 1 is a convolution with flipped taps and the rest of the padding.
  const int64_t padding = c.settings.transposed ? c.w.h - 1 - c.padding() : c.padding();
  const double flops = c.flops() * static_cast<double>(std::min(tiles, s.all_tiles - first)) /
                       static_cast<double>(s.all_tiles);

  struct InputPush {
    int32_t channels, height, width, padding, tiles_x, tiles_y, all_tiles, first_tile, tiles;
  };
  Constants tile;
  tile.set(0, u32(s.lanes));
  tile.set(kTileId, u32(s.tile));
  tile.set(kHalvesId, s.halves);
  // Where tiles and rows are whole texels, so is what a tile begins with, but for the padding.
  Constants input = tile;
  Binding x(l.input(0));
  const bool upsamples = c.settings.upsample > 1;
  x.texel4 = s.tile == 4 && c.x.w % 4 == 0 && c.settings.border == PadMode::zero && !upsamples;
  if (x.texel4) input.set(kFirstId, u32((4 - padding) % 4));
  input.set(kBorderId, static_cast<uint32_t>(c.settings.border));
  input.set(kUpsampleId, upsamples);
  l.dispatch({.kernel = "conv2d_winograd_input",
              .constants = input,
              .bindings = {x, v},
              .push = InputPush{i32(c.x.c), i32(c.x.h), i32(c.x.w), i32(padding), i32(s.tiles_x),
                                i32(s.tiles_y), i32(s.all_tiles), i32(first), i32(tiles)},
              .groups = {u32(tiles / s.lanes), u32(s.groups_in), 1},
              .flops = 0.1 * flops});

  struct GemmPush {
    int32_t groups_in, tiles;
  };
  l.dispatch({.kernel = "conv2d_winograd_gemm",
              .constants = {u32(s.lanes), u32(s.each), u32(s.out)},
              .bindings = {texels4(v), texels4(u), m},
              .push = GemmPush{i32(s.groups_in), i32(tiles)},
              .groups = {u32(tiles / s.step()), u32(s.blocks), u32(s.matrices)},
              .flops = 0.8 * flops});

  struct OutputPush {
    int32_t out_channels, height, width, groups_out, tiles_x, tiles_y, all_tiles, first, tiles;
    float a, b, scale;
  };
  const bool wide = s.tile == 4 && c.y.w % 4 == 0;
  Constants constants = tile;
  constants.set(6, wide);
  Epilogue e = make_epilogue(l, c.settings, Binding(u, 0, 256), constants);
  e.residual.texel4 = wide;
  l.dispatch({.kernel = "conv2d_winograd_output",
              .constants = constants,
              .bindings = {texels4(m), e.bias, e.slope, e.residual, l.output()},
              .push = OutputPush{i32(c.y.c), i32(c.y.h), i32(c.y.w), i32(s.groups_out),
                                 i32(s.tiles_x), i32(s.tiles_y), i32(s.all_tiles), i32(first),
                                 i32(tiles), e.a, e.b, e.scale},
              .groups = {u32(tiles / s.lanes), u32(ceil_div(c.y.c, 4)), 1},
              .flops = 0.1 * flops});
}

}  // namespace

bool can_lower_winograd(const DeviceProperties& device, const ConvProblem& c) {
  const bool halves = c.w.h == 4 && c.stride() == 2 && !c.settings.transposed;
  if (!prefers_texels(device) || (c.w.h != 3 && c.w.h != 4) || c.w.w != c.w.h ||
      (c.stride() != 1 && !halves) || c.padding() >= c.w.h)
    return false;
  if (c.settings.upsample > 1 && (c.w.h != 3 || c.settings.upsample != 2 || c.padding() != 1 ||
                                  c.settings.border != PadMode::zero))
    return false;
  // Few channels or tiles leave the transforms nothing to save.
  if (c.x.c < 16 || c.y.c < 16 || c.y.h < 8 || c.y.w < 8) return false;
  const Sizes s = make_sizes(device, c);
  const int64_t computed = ceil_div(s.all_tiles, s.step()) * s.step();
  const int64_t directly = c.w.h * c.w.w * c.y.n * c.y.h * c.y.w;
  if (!s.halves && 2 * s.matrices * computed > directly) return false;
  // With stride 2 there are 6.25 transformed weights for each weight: many pixels must share them.
  if (s.halves && s.all_tiles < kLeastTilesOfHalves) return false;
  const auto elements = static_cast<int64_t>(device.max_texel_elements);
  return c.x.elements() <= elements && c.y.elements() <= elements &&
         s.matrices * s.blocks * s.groups_in * s.out <= elements &&
         s.matrices * std::max(s.groups_in, s.groups_out) * s.chunk <= elements;
}

void lower_winograd(Lowering& l, const ConvProblem& c) {
  const Sizes s = make_sizes(l.device(), c);
  const ValueId u = transform_weights(l, c, s);
  const int64_t step = s.step();
  for (int64_t first = 0; first < s.all_tiles; first += s.chunk)
    lower_chunk(l, c, s, u, first, std::min(s.chunk, ceil_div(s.all_tiles - first, step) * step));
}

}  // namespace imago

// Host side of shaders/conv2d_dw_winograd_*.comp: the gradient of Winograd's convolutions with six
// points, a quarter to a third of the multiplications. The products are those of the convolution
// with the roles turned: the sum runs over tiles, and input channels stand where its tiles do.
//
// With few taps per pair of channels one kernel makes the products and the weights of them; with
// more its registers overflow and its compilation takes seconds, and the convolution's own kernel
// makes the products for another one to finish.
#include <algorithm>

#include "compute/ops/conv2d_dw_kernels.h"

namespace imago {
namespace {

constexpr int64_t kMatrices = 36, kPoints = 6, kTiles = 4;  // as in the shaders
constexpr int64_t kMostTiles = 256;  // a chunk's transformed tiles should stay in the cache

struct Sizes {
  int64_t lanes, out;  // out: output channels per invocation
  bool together;       // products and weights in one kernel
  int64_t pixels;      // of dy along a tile's side
  int64_t channels;    // input channels times stride², filled up to whole workgroups
  int64_t blocks, groups_out, tiles_x, tiles_y, all_tiles, chunk, chunks;
  int64_t products_bytes() const { return kMatrices * groups_out * channels * 16; }  // of a chunk
};

Sizes make_sizes(const DeviceProperties& device, const ConvDwProblem& c) {
  Sizes s{};
  s.lanes = device.subgroup_size;
  const int64_t taps = ceil_div(c.w.h, c.stride());
  s.together = taps == 2;
  s.out = !s.together && (c.w.n % 32 == 0 || c.w.n > 64) ? 32 : 16;
  s.pixels = kPoints + 1 - taps;
  s.channels = ceil_div(c.w.c * c.stride() * c.stride(), s.lanes * kTiles) * s.lanes * kTiles;
  s.blocks = ceil_div(c.w.n, s.out);
  s.groups_out = s.blocks * s.out / 4;
  s.tiles_x = ceil_div(c.dy.w, s.pixels);
  s.tiles_y = ceil_div(c.dy.h, s.pixels);
  s.all_tiles = c.dy.n * s.tiles_x * s.tiles_y;
  const int64_t per_group = kMatrices * 16 * std::max(s.channels, s.blocks * s.out);
  const int64_t most = std::min(static_cast<int64_t>(device.max_storage_range),
                                static_cast<int64_t>(device.max_texel_elements) * 16);
  const int64_t chunk = std::min(std::max<int64_t>(most / per_group, 1) * 4, kMostTiles);
  // Of one length: the longest sum decides on the error.
  s.chunks = ceil_div(s.all_tiles, chunk);
  s.chunk = ceil_div(ceil_div(s.all_tiles, s.chunks), 4) * 4;
  s.chunks = ceil_div(s.all_tiles, s.chunk);
  return s;
}

/// Cycles per pair of channels (Cout and the transform's) of the direct kernel and of this one, by
/// what their parts were measured to take: 8 multiplications a cycle, 8 cycles for each number
/// transformed and for each product stored and read back, 2 for a product used at once.
bool is_faster(const ConvDwProblem& c, const Sizes& s) {
  const int64_t taps = c.w.h * c.w.w, pixels = c.dy.n * c.dy.h * c.dy.w;
  const int64_t direct = pixels * taps / (c.stride() * c.stride()) / 8;
  const int64_t products =
      kMatrices * ceil_div(s.all_tiles, 4) * 4 / 8 + s.chunks * kMatrices * (s.together ? 2 : 8);
  const int64_t transforms =
      kMatrices * 8 * s.all_tiles / c.w.n + kMatrices * 8 * s.all_tiles / s.channels;
  return products + transforms < direct;
}

Binding texels4(ValueId value) {
  Binding binding(value);
  binding.texel4 = true;
  return binding;
}

/// Some of the tiles, transformed.
struct Chunk {
  int64_t index, groups;  // groups: of four tiles
  ValueId v, u;           // of x and dy
  double flops;
};

Chunk transform(Lowering& l, const ConvDwProblem& c, const Sizes& s, int64_t index) {
  const int64_t first = index * s.chunk;
  const int64_t groups = ceil_div(std::min(s.chunk, s.all_tiles - first), 4);
  const Chunk chunk{index, groups, l.scratch(kMatrices * groups * s.channels * 16),
                    l.scratch(kMatrices * groups * s.blocks * s.out * 16),
                    c.flops() * static_cast<double>(groups * 4) / static_cast<double>(s.all_tiles)};
  Constants constants{u32(s.lanes), u32(s.pixels), u32(s.out)};
  constants.set(4, u32(c.stride()));
  struct InputPush {
    int32_t channels, height, width, padding, tiles_x, tiles_y, all_tiles, first_tile;
  };
  // Tiles and rows of whole texels: those of x begin with one, but for the padding.
  const bool whole = s.pixels == 4 && c.stride() == 1;
  Constants input = constants;
  Binding x(l.input(1)), dy(l.input(0));
  x.texel4 = whole && c.x.w % 4 == 0;
  dy.texel4 = whole && c.dy.w % 4 == 0;
  if (x.texel4) input.set(9, u32((4 - c.padding() % 4) % 4));
  l.dispatch({.kernel = "conv2d_dw_winograd_input",
              .constants = input,
              .bindings = {x, chunk.v},
              .push = InputPush{i32(c.x.c), i32(c.x.h), i32(c.x.w), i32(c.padding()),
                                i32(s.tiles_x), i32(s.tiles_y), i32(s.all_tiles), i32(first)},
              .groups = {u32(s.channels / s.lanes), u32(groups), 1},
              .flops = 0.1 * chunk.flops});
  struct GradientPush {
    int32_t channels, height, width, tiles_x, tiles_y, all_tiles, first_tile;
  };
  constants.set(6, dy.texel4);
  l.dispatch({.kernel = "conv2d_dw_winograd_gradient",
              .constants = constants,
              .bindings = {dy, chunk.u},
              .push = GradientPush{i32(c.dy.c), i32(c.dy.h), i32(c.dy.w), i32(s.tiles_x),
                                   i32(s.tiles_y), i32(s.all_tiles), i32(first)},
              .groups = {u32(s.blocks * s.out / s.lanes), u32(groups), 1},
              .flops = 0.1 * chunk.flops});
  return chunk;
}

void lower_together(Lowering& l, const ConvDwProblem& c, const Sizes& s) {
  struct Push {
    int32_t groups, channels, out_channels, in_channels, kernel, first;
  };
  const Slices slices{s.chunk, s.chunks};
  const ValueId partial = partial_results(l, c, slices);
  for (int64_t i = 0; i < s.chunks; ++i) {
    const Chunk chunk = transform(l, c, s, i);
    l.dispatch(
        {.kernel = "conv2d_dw_winograd_products",
         .constants = {u32(s.lanes), u32(s.pixels), u32(s.out), u32(kTiles), u32(c.stride())},
         .bindings = {texels4(chunk.v), texels4(chunk.u), partial},
         .push = Push{i32(chunk.groups), i32(s.channels), i32(c.w.n), i32(c.w.c), i32(c.w.h),
                      i32(i * c.w.elements())},
         .groups = {u32(s.channels / (s.lanes * kTiles)), u32(s.blocks), 1},
         .flops = 0.8 * chunk.flops});
  }
  lower_sum_of_slices(l, c, slices, partial);
}

void lower_apart(Lowering& l, const ConvDwProblem& c, const Sizes& s) {
  const ValueId products = l.scratch(s.chunks * s.products_bytes());
  struct GemmPush {
    int32_t groups_in, tiles;
  };
  for (int64_t i = 0; i < s.chunks; ++i) {
    const Chunk chunk = transform(l, c, s, i);
    l.dispatch({.kernel = "conv2d_winograd_gemm",
                .constants = {u32(s.lanes), u32(kTiles), u32(s.out)},
                .bindings = {texels4(chunk.v), texels4(chunk.u),
                             Binding(products, i * s.products_bytes(), s.products_bytes())},
                .push = GemmPush{i32(chunk.groups), i32(s.channels)},
                .groups = {u32(s.channels / (s.lanes * kTiles)), u32(s.blocks), u32(kMatrices)},
                .flops = 0.8 * chunk.flops});
  }
  struct Push {
    int32_t out_channels, in_channels, groups_out, chunks;
  };
  Constants constants{u32(s.lanes), u32(s.pixels)};
  l.dispatch({.kernel = "conv2d_dw_winograd_output",
              .constants = constants,
              .bindings = {texels4(products), l.output()},
              .push = Push{i32(c.w.n), i32(c.w.c), i32(s.groups_out), i32(s.chunks)},
              .groups = {u32(s.channels / s.lanes), u32(ceil_div(c.w.n, 4)), 1}});
}

}  // namespace

bool can_lower_dw_winograd(const DeviceProperties& device, const ConvDwProblem& c) {
  if (!prefers_texels(device) || c.w.h != c.w.w) return false;
  const bool fits =
      (c.stride() == 1 && (c.w.h == 3 || c.w.h == 4)) || (c.stride() == 2 && c.w.h == 4);
  if (!fits || c.w.c < 16 || c.w.n < 16) return false;
  const Sizes s = make_sizes(device, c);
  if (!is_faster(c, s)) return false;
  const auto elements = static_cast<int64_t>(device.max_texel_elements);
  const int64_t results = s.chunks * (s.together ? c.w.bytes() : s.products_bytes());
  return c.x.elements() <= elements && c.dy.elements() <= elements &&
         kMatrices * std::max(s.channels, s.blocks * s.out) * s.chunk / 4 <= elements &&
         results <=
             std::min<int64_t>(elements * 16, static_cast<int64_t>(device.max_storage_range)) &&
         s.chunk / 4 <= device.max_groups[1];
}

void lower_dw_winograd(Lowering& l, const ConvDwProblem& c) {
  const Sizes s = make_sizes(l.device(), c);
  if (s.together)
    lower_together(l, c, s);
  else
    lower_apart(l, c, s);
}

}  // namespace imago

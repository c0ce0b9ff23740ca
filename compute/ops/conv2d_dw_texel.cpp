// Host side of shaders/conv2d_dw_texel.comp; why it looks so: docs/kernels-on-cpu-drivers.md.
#include <algorithm>

#include "compute/ops/conv2d_dw_kernels.h"

namespace imago {
namespace {

constexpr int64_t kTermsPerSlice = 4096;
constexpr int64_t kMostAccumulators = 128, kMostRows = 4, kMostOut = 16;
constexpr int64_t kMostUnrolled = 1000;  // multiplications in one turn, for the instruction cache

int64_t texels_of(const Shape& shape) { return shape.n * shape.c * shape.h * ceil_div(shape.w, 4); }

/// The tensor as texels of four pixels, its rows filled up where they are no multiple of that.
Binding in_whole_texels(Lowering& l, ValueId value, const Shape& shape) {
  if (shape.w % 4 != 0) {
    struct Push {
      int32_t width, texels, rows;
    };
    constexpr int64_t kRowsEach = 16;  // of an invocation, which costs as much as some of them
    const int64_t texels = ceil_div(shape.w, 4), rows = shape.n * shape.c * shape.h;
    const int64_t lanes = l.device().subgroup_size;
    int64_t across = 1;
    while (across < std::min(lanes, texels)) across *= 2;
    const int64_t at_once = lanes / across * kRowsEach;
    const NumberType type = l.type(value);
    const ValueId filled = l.scratch(texels_of(shape) * 4 * bytes_of(type), type);
    l.dispatch({.kernel = "fill_rows",
                .constants = {u32(lanes), u32(across)},
                .bindings = {value, filled},
                .push = Push{i32(shape.w), i32(texels), i32(rows)},
                .groups = {u32(ceil_div(texels, across)),
                           std::min(u32(ceil_div(rows, at_once)), l.device().max_groups[1]), 1}});
    value = filled;
  }
  Binding binding(value);
  binding.texel4 = true;
  return binding;
}

bool fits(const DeviceProperties& device, const Shape& shape) {
  const int64_t views = shape.w % 4 == 0 ? texels_of(shape) : shape.elements();
  return views <= static_cast<int64_t>(device.max_texel_elements);
}

struct Tile {
  int64_t rows, out, texels;  // kRows, kOut, kTexels of the shader
};

Tile choose_tile(const ConvDwProblem& c, int64_t lanes) {
  Tile t{1, std::min(c.w.n, kMostOut), 1};
  const int64_t groups = ceil_div(c.w.c * c.w.h, lanes);
  t.rows = std::clamp<int64_t>(kMostAccumulators / (t.out * c.w.w), 1, std::min(groups, kMostRows));
  const bool even = ceil_div(c.dy.w, 4) % 2 == 0;
  if (even && t.rows * t.out * c.w.w * 8 <= kMostUnrolled) t.texels = 2;
  return t;
}

}  // namespace

bool can_lower_dw_texel(const DeviceProperties& device, const ConvDwProblem& c) {
  return prefers_texels(device) && fits(device, c.dy) && fits(device, c.x);
}

void lower_dw_texel(Lowering& l, const ConvDwProblem& c) {
  struct Push {
    int32_t in_channels, in_height, in_texels, out_channels, out_height, out_texels;
    int32_t kernel_h, padding, first_texel, rows, rows_per_slice;
  };
  const int64_t lanes = l.device().subgroup_size, rows = c.dy.n * c.dy.h;
  const Tile tile = choose_tile(c, lanes);
  const int64_t first_texel = floor_div(-c.padding(), 4);
  const Binding dy = in_whole_texels(l, l.input(0), c.dy), x = in_whole_texels(l, l.input(1), c.x);
  const Slices slices = choose_slices(rows, ceil_div(rows * c.dy.w, kTermsPerSlice), c.w.bytes());
  const ValueId partial = partial_results(l, c, slices);
  l.dispatch({.kernel = "conv2d_dw_texel",
              .constants = {u32(lanes), u32(tile.rows), u32(tile.out), u32(c.w.w), u32(c.stride()),
                            u32(-c.padding() - 4 * first_texel), u32(tile.texels)},
              .bindings = {dy, x, partial},
              .push = Push{i32(c.x.c), i32(c.x.h), i32(ceil_div(c.x.w, 4)), i32(c.dy.c),
                           i32(c.dy.h), i32(ceil_div(c.dy.w, 4)), i32(c.w.h), i32(c.padding()),
                           i32(first_texel), i32(rows), i32(slices.per_slice)},
              .groups = {u32(ceil_div(c.w.c * c.w.h, lanes * tile.rows)),
                         u32(ceil_div(c.w.n, tile.out)), u32(slices.count)},
              .flops = c.flops()});
  lower_sum_of_slices(l, c, slices, partial);
}

}  // namespace imago

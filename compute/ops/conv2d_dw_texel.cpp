// Host side of shaders/conv2d_dw_texel.comp; why it looks so: docs/kernels-on-cpu-drivers.md.
#include <algorithm>
#include <cstdlib>

#include "compute/ops/conv2d_dw_kernels.h"
#include "compute/ops/planes.h"

namespace imago {
namespace {

/// The tensor with its rows filled up with zeros to a multiple of four pixels, as texels.
Shape in_whole_texels(Shape shape) {
  shape.w = ceil_div(shape.w, 4) * 4;
  return shape;
}

Binding texel_rows(Lowering& l, ValueId value, const Shape& shape) {
  const Shape whole = in_whole_texels(shape);
  if (whole.w != shape.w) {
    struct Push {
      uint32_t pixels, width;
      int32_t height, given_width, top, left;
    };
    const ValueId filled = l.scratch(whole.bytes());
    l.dispatch(
        {.kernel = "pad",
         .constants = {0},
         .bindings = {value, filled},
         .push = Push{u32(whole.h * whole.w), u32(whole.w), i32(shape.h), i32(shape.w), 0, 0},
         .groups = plane_groups(l, whole)});
    value = filled;
  }
  Binding binding(value);
  binding.texel4 = true;
  return binding;
}

struct Tile {
  int64_t rows, out, texels;  // kRows, kOut, kTexels of the shader
};

Tile choose_tile(const ConvDwProblem& c) {
  Tile t{1, std::min<int64_t>(c.w.n, 16), 1};
  if (const char* e = getenv("DW_TILE")) sscanf(e, "%ld,%ld,%ld", &t.rows, &t.out, &t.texels);
  if (ceil_div(c.dy.w, 4) % t.texels != 0) t.texels = 1;
  return t;
}

}  // namespace

bool can_lower_dw_texel(const DeviceProperties& device, const ConvDwProblem& c) {
  if (!prefers_texels(device)) return false;
  const auto texels = static_cast<int64_t>(device.max_texel_elements);
  return in_whole_texels(c.x).elements() / 4 <= texels &&
         in_whole_texels(c.dy).elements() / 4 <= texels;
}

void lower_dw_texel(Lowering& l, const ConvDwProblem& c) {
  struct Push {
    int32_t in_channels, in_height, in_texels, out_channels, out_height, out_texels;
    int32_t kernel_h, padding, first_texel, rows, rows_per_slice;
  };
  const int64_t lanes = l.device().subgroup_size, rows = c.dy.n * c.dy.h;
  const Tile tile = choose_tile(c);
  const int64_t first_texel = floor_div(-c.padding(), 4);
  const Binding dy = texel_rows(l, l.input(0), c.dy), x = texel_rows(l, l.input(1), c.x);
  const Slices slices = choose_slices(rows, c.dy.w, c.w.bytes());
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

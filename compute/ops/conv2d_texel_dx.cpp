// Host side of shaders/conv2d_texel_dx.comp.
#include <algorithm>

#include "compute/ops/conv2d_texel.h"

namespace imago {
namespace {

/// Pairs of outputs along an axis of `size`, the last of which may be half.
int64_t pairs(int64_t size) { return ceil_div(size, 2); }

Patch patch_of(const ConvProblem& c, int64_t lanes) {
  return choose_patch(pairs(c.y.w), c.y.n * pairs(c.y.h), lanes, {4});
}

/// Columns of x that the invocations of a row read, from the one before x.
int64_t packed_columns(const ConvProblem& c, const Patch& patch) {
  const int64_t width = patch.lanes_x * patch.pixels;
  return ceil_div(pairs(c.y.w), width) * width + 2;
}

int64_t rows_per_band(const DeviceProperties& device, const ConvProblem& c, int64_t columns) {
  const int64_t row_bytes = c.x.n * ceil_div(c.x.c, 4) * columns * 16;
  const int64_t most = std::min({kBandBytes, static_cast<int64_t>(device.max_storage_range),
                                 static_cast<int64_t>(device.max_texel_elements) * 16});
  const int64_t room = std::min<int64_t>(most / row_bytes, device.max_groups[2] / c.x.n) - 2;
  return std::clamp<int64_t>(room, 1, pairs(c.y.h));
}

void lower_band(Lowering& l, const ConvProblem& c, const Patch& patch, int64_t first,
                int64_t rows) {
  struct Push {
    int32_t packed_rows, packed_columns, in_channels, groups_in, rows, columns;
    int32_t out_channels, blocks, out_height, out_width, all_rows, out_row;
    float a, b, scale;
  };
  const PackedInput input{first - 1, -1, rows + 2, packed_columns(c, patch)};
  Binding packed(pack_input(l, c, input)), weights(l.input(1));
  packed.texel4 = weights.texel4 = true;
  const bool wide = c.y.w % 4 == 0;
  const int64_t out = out_block(c), blocks = ceil_div(c.y.c, out);
  Constants constants{u32(l.device().subgroup_size), u32(patch.pixels), u32(out)};
  constants.set(5, u32(patch.lanes_x));
  constants.set(6, wide);
  Epilogue e = make_epilogue(l, c.settings, Binding(l.input(1), 0, 32), constants);
  e.residual.texel4 = wide;
  l.dispatch({.kernel = "conv2d_texel_dx",
              .constants = constants,
              .bindings = {packed, weights, e.bias, e.slope, e.residual, l.output()},
              .push = Push{i32(input.rows), i32(input.columns), i32(c.x.c), i32(ceil_div(c.x.c, 4)),
                           i32(rows), i32(pairs(c.y.w)), i32(c.y.c), i32(blocks), i32(c.y.h),
                           i32(c.y.w), i32(c.y.n * rows), i32(first), e.a, e.b, e.scale},
              .groups = {u32(ceil_div(pairs(c.y.w), patch.lanes_x * patch.pixels)),
                         u32(ceil_div(c.y.n * rows, l.device().subgroup_size / patch.lanes_x)),
                         u32(2 * blocks)},
              .flops = c.flops() * static_cast<double>(rows) / static_cast<double>(pairs(c.y.h))});
}

}  // namespace

bool can_lower_texel_dx(const DeviceProperties& device, const ConvProblem& c) {
  if (!prefers_texels(device) || !c.settings.transposed || c.w.h != 4 || c.w.w != 4 ||
      c.stride() != 2 || c.padding() != 1)
    return false;
  const auto elements = static_cast<int64_t>(device.max_texel_elements);
  const int64_t columns = packed_columns(c, patch_of(c, device.subgroup_size));
  return c.w.elements() / 4 <= elements && c.x.elements() <= elements &&
         c.y.elements() <= elements && 3 * c.x.n * ceil_div(c.x.c, 4) * columns <= elements &&
         c.y.n * pairs(c.y.h) <= device.max_groups[1] && 3 * c.x.n <= device.max_groups[2];
}

void lower_texel_dx(Lowering& l, const ConvProblem& c) {
  const Patch patch = patch_of(c, l.device().subgroup_size);
  const int64_t band = rows_per_band(l.device(), c, packed_columns(c, patch));
  for (int64_t first = 0; first < pairs(c.y.h); first += band)
    lower_band(l, c, patch, first, std::min(band, pairs(c.y.h) - first));
}

}  // namespace imago

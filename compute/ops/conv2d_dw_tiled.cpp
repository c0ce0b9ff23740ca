// Host side of shaders/conv2d_dw_tiled.comp.
#include <algorithm>

#include "compute/ops/conv2d_dw_kernels.h"

namespace imago {
namespace {

constexpr int64_t kTile = 64, kDepth = 16;
constexpr uint32_t kInvocations = 256, kSharedBytes = 2 * 16 * (64 + 1) * 4;
constexpr int64_t kTermsPerSlice = 4096;
constexpr int64_t kEnoughGroups = 1024;  // to fill a large GPU

}  // namespace

bool can_lower_dw_tiled(const DeviceProperties& device, const ConvDwProblem& c) {
  if (device.kind == DeviceProperties::Kind::cpu) return false;  // shared memory is slow there
  return device.max_group_invocations >= kInvocations && device.max_group_size[0] >= 16 &&
         device.max_group_size[1] >= 16 && device.shared_memory_bytes >= kSharedBytes &&
         ceil_div(c.w.c * c.w.h * c.w.w, kTile) <= device.max_groups[0];
}

void lower_dw_tiled(Lowering& l, const ConvDwProblem& c) {
  struct Push {
    int32_t in_channels, in_height, in_width, out_channels, out_height, out_width;
    int32_t padding, pixels, pixels_per_slice;
  };
  const int64_t pixels = c.dy.n * c.dy.h * c.dy.w;
  const int64_t across = ceil_div(c.w.c * c.w.h * c.w.w, kTile), down = ceil_div(c.w.n, kTile);
  const int64_t wanted =
      std::max(ceil_div(pixels, kTermsPerSlice), kEnoughGroups / (across * down));
  const Slices slices = choose_slices(ceil_div(pixels, kDepth), wanted, c.w.bytes());
  const ValueId partial = partial_results(l, c, slices);
  l.dispatch(
      {.kernel = "conv2d_dw_tiled",
       .constants = {u32(c.w.h), u32(c.w.w), u32(c.stride())},
       .bindings = {l.input(0), l.input(1), partial},
       .push = Push{i32(c.x.c), i32(c.x.h), i32(c.x.w), i32(c.dy.c), i32(c.dy.h), i32(c.dy.w),
                    i32(c.padding()), i32(pixels), i32(slices.per_slice * kDepth)},
       .groups = {u32(across), u32(down), u32(slices.count)},
       .flops = c.flops()});
  lower_sum_of_slices(l, c, slices, partial);
}

}  // namespace imago

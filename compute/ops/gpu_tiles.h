// Tiles of the matrix products that convolutions are on GPUs (conv2d_tiled, conv2d_dw_tiled).
#pragma once

#include <functional>
#include <span>

#include "compute/vk/device.h"

namespace imago {

/// A workgroup of lanes_o x lanes_p computes rows() x columns() results, `depth` terms of their
/// sums at a time; an invocation computes 4*quads_o x 4*quads_p of them.
struct GpuTile {
  int64_t lanes_o, lanes_p, quads_o, quads_p, depth;
  /// Products a second, as a share of what the best tile does: by the bounds that the machine code
  /// of AMD's compiler sets (docs/kernels-on-gpus.md), rounded.
  double rate;

  int64_t size() const { return lanes_o * lanes_p; }
  int64_t rows() const { return lanes_o * quads_o * 4; }
  int64_t columns() const { return lanes_p * quads_p * 4; }
  int64_t shared_bytes() const { return (rows() + columns()) * depth * 4; }
};

/// What a tile makes of a piece of work.
struct TileWork {
  double products;  // that are executed, those beyond the matrices' edges included
  int64_t groups;
  int64_t most_slices;  // that the sums can be cut into, to be computed side by side
};

/// Invocations that fill a GPU of middling size; fewer leave a part of it idle.
inline constexpr int64_t kInvocationsToFill = 32'768;

/// All tiles, the largest first.
std::span<const GpuTile> gpu_tiles();

/// The tile that the work takes the least time with, by `rate` and by how well it fills the device.
GpuTile choose_tile(const DeviceProperties& device,
                    const std::function<TileWork(const GpuTile&)>& work);

/// True if the device runs at least the smallest tiles; CPU drivers, where shared memory is slow,
/// have kernels of their own.
bool runs_tiles(const DeviceProperties& device);

}  // namespace imago

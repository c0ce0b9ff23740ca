// Tiles of the matrix products that convolutions are on GPUs (conv2d_tiled, conv2d_dw_tiled).
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

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
  std::string name() const;  // "64x128": rows x columns
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

/// Of some work in groups of `size` invocations, which does `rate` products a second: how long it
/// takes, in no unit, but less where it fills the device.
double time_of(const TileWork& work, int64_t size, double rate);

/// Into how many slices such groups of `size` invocations are cut so that they fill the device.
int64_t slices_to_fill(const TileWork& work, int64_t size);

/// The tiles that run on the device, those first that the work takes the least time with, by `rate`
/// and by how well they fill the device.
std::vector<GpuTile> tiles_by_time(const DeviceProperties& device,
                                   const std::function<TileWork(const GpuTile&)>& work);

/// How many of them, and of matrix_tiles(), are worth measuring.
inline constexpr size_t kTilesToMeasure = 3;

/// The first of them. A device that runs_tiles() has one.
GpuTile choose_tile(const DeviceProperties& device,
                    const std::function<TileWork(const GpuTile&)>& work);

/// A tile of matrices that subgroups multiply as one (DeviceProperties::MatrixShape): jobs_o x
/// jobs_p subgroups, each of which computes blocks_o x blocks_p matrices of results.
struct MatrixTile {
  int64_t jobs_o, jobs_p, blocks_o, blocks_p;
  double rate;  // as GpuTile's, of the same best tile

  int64_t jobs() const { return jobs_o * jobs_p; }
  int64_t rows(const DeviceProperties::MatrixShape& s) const { return jobs_o * blocks_o * s.m; }
  int64_t columns(const DeviceProperties::MatrixShape& s) const { return jobs_p * blocks_p * s.n; }
};

/// All of them, the largest first.
std::span<const MatrixTile> matrix_tiles();

/// The largest shape of the device that there is a kernel for; none: m is 0.
DeviceProperties::MatrixShape matrix_shape(const DeviceProperties& device);

/// True if the device runs at least the smallest tiles; CPU drivers, where shared memory is slow,
/// have kernels of their own.
bool runs_tiles(const DeviceProperties& device);

}  // namespace imago

// The kernels of conv2d_dw, as conv2d_kernels.h has those of the convolutions.
#pragma once

#include "compute/ops/conv2d.h"
#include "compute/ops/conv2d_kernels.h"
#include "compute/ops/intervals.h"
#include "compute/plan/lowering.h"

namespace imago {

/// What the kernels need to know of the node being lowered; its inputs are dy and x.
struct ConvDwProblem {
  Shape dy, x, w;  // w: of the result
  Conv2dSettings settings;

  int64_t stride() const { return settings.stride; }
  int64_t padding() const { return settings.padding; }
  double flops() const;
};

/// A long sum cut into slices that are computed side by side: first every slice's partial result,
/// one whole result behind the other, then their sum in a fixed order. `units` (rows, tiles…) are
/// dealt out `per_slice` each, the last slice taking what is left.
struct Slices {
  int64_t per_slice, count;
};
/// About `wanted` slices, fewer where their results would take too much memory.
Slices choose_slices(int64_t units, int64_t wanted, int64_t result_bytes);

/// Where the slices' partial results go: the output itself if there is but one.
ValueId partial_results(Lowering& lowering, const ConvDwProblem& problem, const Slices& slices);
/// The second stage; nothing where there is but one slice.
void lower_sum_of_slices(Lowering& lowering, const ConvDwProblem& problem, const Slices& slices,
                         ValueId partial);

/// shaders/conv2d_dw.comp: any device, any shape.
void lower_dw_direct(Lowering& lowering, const ConvDwProblem& problem);

/// shaders/conv2d_dw_tiled.comp: GPUs.
bool can_lower_dw_tiled(const DeviceProperties& device, const ConvDwProblem& problem);
void lower_dw_tiled(Lowering& lowering, const ConvDwProblem& problem);
/// The same with a tile and about as many slices of one's own choice.
void lower_dw_tiled(Lowering& lowering, const ConvDwProblem& problem, const GpuTile& tile,
                    int64_t slices);
/// With every tile, the one that should be the fastest first; none where tiles cannot serve.
std::vector<KernelCandidate> dw_tiled_candidates(const DeviceProperties& device,
                                                 const ConvDwProblem& problem);

/// As as_product() and lower_connected() of conv2d_kernels.h.
ConvDwProblem as_product(const ConvDwProblem& problem);
bool can_lower_dw_connected(const DeviceProperties& device, const ConvDwProblem& problem);
void lower_dw_connected(Lowering& lowering, const ConvDwProblem& problem);

/// shaders/conv2d_dw_texel.comp: CPU drivers.
bool can_lower_dw_texel(const DeviceProperties& device, const ConvDwProblem& problem);
void lower_dw_texel(Lowering& lowering, const ConvDwProblem& problem);

/// shaders/conv2d_dw_winograd_*.comp: CPU drivers; 3×3 and 4×4 kernels where
/// they have enough outputs.
bool can_lower_dw_winograd(const DeviceProperties& device, const ConvDwProblem& problem);
void lower_dw_winograd(Lowering& lowering, const ConvDwProblem& problem);

}  // namespace imago

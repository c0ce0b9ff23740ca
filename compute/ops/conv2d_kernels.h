// The kernels of a convolution. Each file conv2d_<kernel>.cpp decides whether its kernel can serve
// a device and shape, and launches it; lower_convolution asks them in order of speed.
#pragma once

#include "compute/ops/conv2d.h"
#include "compute/ops/gpu_tiles.h"
#include "compute/ops/intervals.h"
#include "compute/plan/lowering.h"

namespace imago {

/// What the kernels need to know of the node being lowered. Inputs are in the order that
/// ConvFusedSettings states.
struct ConvProblem {
  Shape x, w, y;
  ConvFusedSettings settings;

  int64_t in_channels() const { return x.c; }
  int64_t out_channels() const { return y.c; }
  int stride() const { return settings.conv.stride; }
  int padding() const { return settings.conv.padding; }
  double flops() const;
};

/// One axis of a convolution in the form that both convolutions share: output i of the phase lies
/// at i * out_step + offset of y and is the sum over t of
///   x[i * stride + source + t] * w[tap + t * step].
/// conv2d has one phase (out_step 1). conv2d_dx has one per residue of its stride (out_step its
/// stride), each an ordinary convolution of stride 1 with every stride-th tap, backwards.
struct ConvPhase {
  int64_t outputs, offset;
  int64_t source;  // may be negative: x is zero there
  int64_t taps, tap, step;
};
std::vector<ConvPhase> conv_phases(const ConvProblem& problem, int64_t out_size, int64_t kernel);

/// Appends the dispatches of the node being lowered to its output of shape `out`.
void lower_convolution(Lowering& lowering, const Shape& out, const ConvFusedSettings& settings);

/// shaders/conv2d.comp: any device, any shape.
void lower_direct(Lowering& lowering, const ConvProblem& problem);

/// shaders/conv2d_pointwise.comp: 1x1 convolutions of few channels on CPU drivers.
bool can_lower_pointwise(const DeviceProperties& device, const ConvProblem& problem);
void lower_pointwise(Lowering& lowering, const ConvProblem& problem);

/// shaders/conv2d_tiled.comp: GPUs; both convolutions, any stride.
bool can_lower_tiled(const DeviceProperties& device, const ConvProblem& problem);
void lower_tiled(Lowering& lowering, const ConvProblem& problem);
/// The same with a tile and a number of slices of one's own choice: as many slices or fewer, where
/// the sum is too short for them.
void lower_tiled(Lowering& lowering, const ConvProblem& problem, const GpuTile& tile,
                 int64_t slices);

/// With every tile, the one that should be the fastest first; none where tiles cannot serve.
std::vector<KernelCandidate> tiled_candidates(const DeviceProperties& device,
                                              const ConvProblem& problem);

/// How long it takes with the best tile, as time_of() of gpu_tiles.h counts.
double time_tiled(const DeviceProperties& device, const ConvProblem& problem);

/// shaders/cooperative/conv2d_cooperative.comp: GPUs with matrix units that the golden tile came
/// out right with; both convolutions, any stride, x and w in fp16. As tiled_candidates().
std::vector<KernelCandidate> cooperative_candidates(const Lowering& lowering,
                                                    const ConvProblem& problem);
/// Whether the first of them should be faster than tiles.
bool prefers_cooperative(const DeviceProperties& device, const ConvProblem& problem);
/// With a tile and a number of slices of one's own choice.
void lower_cooperative(Lowering& lowering, const ConvProblem& problem, const MatrixTile& tile,
                       int64_t slices);

/// shaders/conv2d_few*.comp: CPU drivers; both convolutions, any stride, at most 16 outputs of
/// conv2d or inputs of conv2d_dx.
bool can_lower_few(const DeviceProperties& device, const ConvProblem& problem);
void lower_few(Lowering& lowering, const ConvProblem& problem);

/// The same problem with 1x1 kernels and pictures of one pixel, where it is a product of matrices
/// stored in the same order: pictures as large as the kernel, or transposed, of one pixel, without
/// a bias or slopes. Else the problem as it is.
ConvProblem as_product(const ConvProblem& problem);

/// conv2d_texel over all pictures at once, each of one pixel: fully connected layers on CPU
/// drivers.
bool can_lower_connected(const DeviceProperties& device, const ConvProblem& problem);
void lower_connected(Lowering& lowering, const ConvProblem& problem);

/// shaders/conv2d_texel.comp: CPU drivers; both convolutions, any stride.
bool can_lower_texel(const DeviceProperties& device, const ConvProblem& problem);
void lower_texel(Lowering& lowering, const ConvProblem& problem);

/// shaders/conv2d_texel_dx.comp: CPU drivers; the transposed 4×4 convolution with stride 2 and
/// padding 1.
bool can_lower_texel_dx(const DeviceProperties& device, const ConvProblem& problem);
void lower_texel_dx(Lowering& lowering, const ConvProblem& problem);

/// shaders/conv2d_winograd_*.comp: CPU drivers; 3×3 and 4×4, stride 1.
bool can_lower_winograd(const DeviceProperties& device, const ConvProblem& problem);
void lower_winograd(Lowering& lowering, const ConvProblem& problem);

inline constexpr uint32_t kBorderId = 10;  // of shaders/include/padding.glsl

/// The buffers and constants of shaders/include/epilogue.glsl.
struct Epilogue {
  Binding bias, slope, residual;  // where absent: `unused`
  float a, b, scale;
};
/// `unused` is bound where there is no bias, slope or residual; sets the constants' ids 20 to 23.
Epilogue make_epilogue(const Lowering& lowering, const ConvFusedSettings& settings,
                       const Binding& unused, Constants& constants);

/// True where loads through texel buffers and shuffles beat storage buffers: CPU drivers that run a
/// subgroup as a vector.
bool prefers_texels(const DeviceProperties& device);

/// Workgroups for `count` invocations in a row of a kernel that only copies: a workgroup costs a
/// CPU driver about as much as eight such invocations, so they are made as large as serves.
struct Groups {
  uint32_t size, count;  // size: a multiple of the subgroup's, at most 64 (or that)
};
Groups groups_along(int64_t count, int64_t lanes);

inline uint32_t u32(int64_t value) { return static_cast<uint32_t>(value); }
inline int32_t i32(int64_t value) { return static_cast<int32_t>(value); }

}  // namespace imago

// What the convolutions through texel buffers share: conv2d_texel.cpp and conv2d_texel_dx.cpp.
#pragma once

#include <initializer_list>

#include "compute/ops/conv2d_kernels.h"

namespace imago {

inline constexpr int64_t kBandBytes = int64_t{16} << 20;  // of repacked input at a time

/// Output channels per invocation.
int64_t out_block(const ConvProblem& problem);

/// How a subgroup's lanes lie over the outputs: each has so many neighbours of one row, and so many
/// lanes lie side by side; the others in the next rows, of the next picture too.
struct Patch {
  int64_t pixels, lanes_x;
};
/// That which computes the least beside the outputs, of `pixels` to choose from. `rows`: of all
/// pictures together.
Patch choose_patch(int64_t columns, int64_t rows, int64_t lanes,
                   std::initializer_list<int64_t> pixels);

/// The part of x, with its padding, that a band of outputs reads: `rows` and `columns` from row
/// `top` and column `left` of x, which may be negative.
struct PackedInput {
  int64_t top, left, rows, columns;
};
/// {N, rows, ceil(C/4), columns, 4}
ValueId pack_input(Lowering& lowering, const ConvProblem& problem, const PackedInput& input);

}  // namespace imago

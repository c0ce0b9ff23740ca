// What the convolutions that are matrix products share, conv2d_tiled and conv2d_cooperative.
#pragma once

#include <array>

#include "compute/ops/conv2d_kernels.h"

namespace imago {

inline constexpr int64_t kMostSlices = 32;  // of a sum

/// What tiles `columns` wide have to do of a convolution: its phases side by side.
struct PhaseWork {
  int64_t phases = 0, pixels = 0, taps = 0;  // pixels, taps: of the largest phase
  double products = 0;                       // pixels * taps of all phases, in whole tiles
};
PhaseWork phase_work(const ConvProblem& problem, int64_t columns);

/// How many slices a sum of so many steps may be cut into: below, putting them together takes
/// longer than they do.
int64_t slices_that_pay(const ConvProblem& problem, int64_t steps);

/// The weights as packed[tap][c][o], o up to the next multiple of four; or as [tap][o][c], c up to
/// that.
enum class Innermost { out_channels, in_channels };
ValueId pack_weights(Lowering& lowering, const ConvProblem& problem, Innermost innermost);

/// Slices of the sum, whole results in fp32 one behind the other, put together with the epilogue.
void join_slices(Lowering& lowering, const ConvProblem& problem, ValueId partial, int64_t slices);

/// Adds "<tile>", "<tile>/2" and "<tile>*2": with the sums cut into as many slices as is thought
/// best, half and twice as many.
void add_slicings(std::vector<KernelCandidate>& candidates, const std::string& tile, int64_t best,
                  int64_t most, bool worth_measuring,
                  const std::function<void(Lowering&, int64_t slices)>& lower);

}  // namespace imago

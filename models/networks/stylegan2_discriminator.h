// The residual discriminator of StyleGAN2 (Karras et al. 2020, figure 7c), with the tensor names of
// rosinality's stylegan2-pytorch.
#pragma once

#include <optional>
#include <vector>

#include "compute/ops/ops.h"
#include "models/checkpoint/tensor_match.h"
#include "models/networks/generator.h"

namespace imago {

struct Stylegan2Judge {
  int colours = 3;
  /// As Stylegan2Config::channels: of 4, 8, 16… pixels a side.
  std::vector<int> channels = {512, 512, 512, 512, 512, 256, 128};
  /// Pictures that are compared with each other (Karras et al. 2018, section 3). Of a batch that it
  /// does not divide the largest number below that does.
  int group = 4;

  int side() const { return 4 << (static_cast<int>(channels.size()) - 1); }
  bool operator==(const Stylegan2Judge&) const = default;
};

/// Logits {N, 1, 1, 1}, positive for real. x {N, colours, side, side}; else it throws ShapeError.
Tensor stylegan2_judge(Graph& graph, Tensor x, const Stylegan2Judge& config,
                       const BuildOptions& options);

/// x {N, C, h, w} and one channel more, in which each picture has how much those of its group
/// differ: the standard deviation over the group, averaged over everything. Picture n is of group
/// n mod (N / group).
Tensor with_group_deviation(Tensor x, int group);

/// The judge that these (unwrapped) tensors belong to, by keys and shapes, or nothing.
std::optional<Stylegan2Judge> find_stylegan2_judge(const StateDict& tensors);

/// The tensors of this one, in the order the network uses them.
std::vector<WantedTensor> wanted_tensors(const Stylegan2Judge& config);

}  // namespace imago

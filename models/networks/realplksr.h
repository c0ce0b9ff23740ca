// RealPLKSR: "Partial Large Kernel CNNs for Efficient Super-Resolution", Lee et al. 2024, as the
// community trains it (github.com/muslll/neosr).
#pragma once

#include "models/networks/layers.h"

namespace imago {

struct RealPlksrConfig {
  int channels = 3;
  int features = 64;
  int blocks = 28;
  int scale = 4;
  int kernel = 17;          // of the large convolution
  int partial = 16;         // the channels it works on
  bool attention = true;    // per pixel: attn.f.0
  bool layer_norm = false;  // before each block over its channels, in place of the group norm after
};

/// x {N, channels, H, W} in [0, 1] -> {N, channels, scale*H, scale*W} in [0, 1].
Tensor realplksr(Graph& graph, Tensor x, const RealPlksrConfig& config,
                 const BuildOptions& options);

Generator realplksr_generator(const RealPlksrConfig& config);

/// The RealPLKSR that these tensors would be.
RealPlksrConfig guess_realplksr(const StateDict& tensors);

}  // namespace imago

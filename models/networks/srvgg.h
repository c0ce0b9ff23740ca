// SRVGGNetCompact, the small network of "Real-ESRGAN", Wang et al. 2021: plain convolutions at the
// input's size, one pixel shuffle, and the input, upsampled by nearest neighbour, added at the end.
#pragma once

#include "models/networks/layers.h"

namespace imago {

struct SrvggConfig {
  int channels = 3;  // of the input and, since they are added, of the output
  int features = 64;
  int blocks = 16;  // convolutions between the first and the last
  int scale = 4;
};

/// x {N, channels, H, W} in [0, 1] -> {N, channels, scale*H, scale*W} in [0, 1].
Tensor srvgg(Graph& graph, Tensor x, const SrvggConfig& config, const BuildOptions& options);

/// A generator without weights: the network and what is known of it.
Generator srvgg_generator(const SrvggConfig& config);

/// The SRVGGNetCompact that these tensors would be.
SrvggConfig guess_srvgg(const StateDict& tensors);

}  // namespace imago

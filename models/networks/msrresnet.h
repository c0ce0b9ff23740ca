// BasicSR's MSRResNet.
#pragma once

#include "models/networks/layers.h"

namespace imago {

/// BasicSR's MSRResNet: no norm, leaky ReLU, and the bilinearly enlarged input added at the end.
struct MsrresnetConfig {
  bool early_keys = false;  // recon_trunk and HRconv for body and conv_hr
  int channels = 3;         // of the input and, since they are added, of the output
  int features = 64;
  int blocks = 16;
  int upsamplings = 2;
  int factor = 2;
};

Tensor msrresnet(Graph& graph, Tensor x, const MsrresnetConfig& config,
                 const BuildOptions& options);
Generator msrresnet_generator(const MsrresnetConfig& config);
MsrresnetConfig guess_msrresnet(const StateDict& tensors, bool early_keys);

}  // namespace imago

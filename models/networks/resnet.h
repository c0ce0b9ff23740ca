// The ResNet generator of CycleGAN, Zhu et al. 2017.
#pragma once

#include "models/networks/layers.h"

namespace imago {

/// The ResNet generator (appendix 7.2, after Johnson et al. 2016): c7s1-k, d2k, d4k, R4k…, u2k, uk,
/// c7s1-3, with reflection padding.
struct ResnetConfig {
  int in_channels = 3;
  int out_channels = 3;
  int features = 64;  // k: of the first layer
  int blocks = 9;     // residual blocks
  Norm norm = Norm::instance;
  bool norm_slots = true;  // keys count a layer after each convolution, whether a norm or nothing
  bool bias = true;        // of convolutions before a norm
  bool dropout = false;    // between the two convolutions of a residual block
  Upsample upsample = Upsample::transpose;
};

/// x {N, in_channels, H, W} in [-1, 1], H and W multiples of 4 and at least 8 ->
/// {N, out_channels, H, W}.
Tensor resnet(Graph& graph, Tensor x, const ResnetConfig& config, const BuildOptions& options);

/// A generator without weights: the network and what is known of it.
Generator resnet_generator(const ResnetConfig& config);

/// The ResNet generator that these tensors would be (pytorch-CycleGAN-and-pix2pix keys).
ResnetConfig guess_resnet(const StateDict& tensors);

}  // namespace imago

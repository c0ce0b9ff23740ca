// The U-Net generator of Pix2Pix, Isola et al. 2017.
#pragma once

#include "models/networks/layers.h"

namespace imago {

/// The U-Net generator (section 6.1.1): an encoder that halves the sides at every level down to a
/// bottleneck, and a decoder, with a skip connection at every level.
struct UnetConfig {
  int in_channels = 3;
  int out_channels = 3;
  int features = 64;  // of the outermost level; doubled per level up to eightfold
  int depth = 8;      // levels, at least 5: 7 is unet_128, 8 is unet_256
  Norm norm = Norm::batch;
  bool bias = false;    // of convolutions before a norm
  bool dropout = true;  // in the levels of full width but the innermost
  Upsample upsample = Upsample::transpose;
};

/// x {N, in_channels, H, W} in [-1, 1], H and W multiples of 2^depth -> {N, out_channels, H, W}.
Tensor unet(Graph& graph, Tensor x, const UnetConfig& config, const BuildOptions& options);

/// A generator without weights: the network and what is known of it.
Generator unet_generator(const UnetConfig& config);

/// The U-Net that these tensors would be if they were one (pytorch-CycleGAN-and-pix2pix keys).
/// Its keys do not tell dropout; it is assumed, as the paper has it.
UnetConfig guess_unet(const StateDict& tensors);

}  // namespace imago

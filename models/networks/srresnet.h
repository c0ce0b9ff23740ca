// SRResNet, the generator of SRGAN (Ledig et al. 2017, section 3.1, figure 4), in the forms that
// trained networks come in.
#pragma once

#include "models/networks/layers.h"

namespace imago {

/// Who laid the keys out, and with them the details that the paper leaves open.
enum class SrresnetKeys {
  leftthomas,      // block1 … block8; bias everywhere; (tanh + 1) / 2 at the end
  lornatang,       // conv1, trunk, conv2, upsampling, conv3
  lornatang_2022,  // the same network as conv_block1, trunk, conv_block2, upsampling, conv_block3
};

struct SrresnetConfig {
  SrresnetKeys keys = SrresnetKeys::lornatang;
  int in_channels = 3;
  int out_channels = 3;
  int features = 64;
  int blocks = 16;         // residual blocks; leftthomas has 5
  int upsamplings = 2;     // pixel shuffles…
  int factor = 2;          // …each by this factor
  bool trunk_norm = true;  // batch norm after the blocks; a PReLU in leftthomas' released networks
};

/// x {N, in_channels, H, W} in [0, 1] -> {N, out_channels, scale*H, scale*W} in [0, 1], where scale
/// is factor to the power of upsamplings.
Tensor srresnet(Graph& graph, Tensor x, const SrresnetConfig& config, const BuildOptions& options);
Generator srresnet_generator(const SrresnetConfig& config);
SrresnetConfig guess_srresnet(const StateDict& tensors, SrresnetKeys keys);

}  // namespace imago

// ESRGAN: "Enhanced Super-Resolution Generative Adversarial Networks", Wang et al. 2018, and the
// many networks trained on its generator since (Real-ESRGAN, BSRGAN, community upscalers).
#pragma once

#include "models/networks/layers.h"

namespace imago {

/// Three key layouts circulate for the one network.
enum class RrdbKeys {
  basicsr,  // conv_first, body.N.rdb1.conv1, conv_body, conv_up1, conv_hr, conv_last
  bsrgan,   // conv_first, RRDB_trunk.N.RDB1.conv1, trunk_conv, upconv1, HRconv, conv_last
  old,      // model.0, model.1.sub.N.RDB1.conv1.0, model.3…
};

/// RRDBNet: residual-in-residual dense blocks (section 3.1, figure 4) between plain convolutions.
struct RrdbConfig {
  RrdbKeys keys = RrdbKeys::basicsr;
  int in_channels = 3;
  int out_channels = 3;
  int features = 64;
  int growth = 32;  // channels each dense convolution adds
  int blocks = 23;
  int upsamplings = 2;  // doublings
  int unshuffle = 1;    // Real-ESRGAN's x2 and x1: a pixel unshuffle first, by 2 or 4
};

/// x {N, in_channels, H, W} in [0, 1], H and W multiples of unshuffle ->
/// {N, out_channels, scale*H, scale*W} in [0, 1], where scale is 2^upsamplings / unshuffle.
Tensor rrdbnet(Graph& graph, Tensor x, const RrdbConfig& config, const BuildOptions& options);

/// A generator without weights: the network and what is known of it.
Generator rrdbnet_generator(const RrdbConfig& config);

/// The RRDBNet that these tensors would be under these keys.
RrdbConfig guess_rrdbnet(const StateDict& tensors, RrdbKeys keys);

}  // namespace imago

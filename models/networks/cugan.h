// The two cascaded U-Nets of Real-CUGAN (github.com/bilibili/ailab, 2022) and of waifu2x's cunet
// (github.com/nagadomi/nunif), which have no padding: the picture is mirrored beyond its edges
// first.
#pragma once

#include "models/networks/layers.h"

namespace imago {

struct CuganConfig {
  int channels = 3;
  int features = 64;  // of the first level
  int scale = 2;      // 1 (cunet only), 2, 3, 4
  bool pro = false;   // works on numbers between 0.15 and 0.85
};

/// x {N, channels, H, W} in [0, 1], the sides even (for scale 3 multiples of 4, for 1 as well) ->
/// {N, channels, scale*H, scale*W} in [0, 1].
Tensor cugan(Graph& graph, Tensor x, const CuganConfig& config, const BuildOptions& options);

Generator cugan_generator(const CuganConfig& config);

/// The Real-CUGAN that these tensors (after `canonical`) would be.
CuganConfig guess_cugan(const StateDict& tensors);

}  // namespace imago

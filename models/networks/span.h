// SPAN: "Swift Parameter-free Attention Network for Efficient Super-Resolution", Wan et al. 2023.
#pragma once

#include "models/networks/layers.h"

namespace imago {

struct SpanConfig {
  int channels = 3;
  int features = 48;
  int scale = 4;
  bool centred = true;  // subtracts the mean colour of DIV2K and multiplies by 255 first
};

/// Its convolutions as one each: the four that they are trained as (Conv3XC: 1x1, 3x3, 1x1 and a
/// shortcut) were joined by `canonical` (canonical.h).
/// x {N, channels, H, W} in [0, 1] -> {N, channels, scale*H, scale*W} in [0, 1].
Tensor span(Graph& graph, Tensor x, const SpanConfig& config, const BuildOptions& options);

Generator span_generator(const SpanConfig& config);

/// The SPAN that these tensors (after `canonical`) would be.
SpanConfig guess_span(const StateDict& tensors);

}  // namespace imago

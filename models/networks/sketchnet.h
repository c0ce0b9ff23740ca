// A fast generator of pictures from drawings, of Imago's own.
#pragma once

#include "models/networks/layers.h"

namespace imago {

/// A U-Net that works at a quarter of the side and below, so that it can follow a pen. The picture
/// is given to it as blocks of 4 x 4 (pixel unshuffle, as Shi et al. 2016 read backwards); three
/// times the sides are halved, residual blocks (He et al. 2015) see the whole picture at a 32nd of
/// the side, and the way up doubles by nearest neighbours before 3x3 convolutions, which leaves no
/// checkerboard (Odena, Dumoulin, Olah 2016). The last two doublings see the drawing again at half
/// the side, for sharp lines.
///
/// Instance norm stands in the branches of residual blocks alone: what runs past them keeps how
/// strong a colour is, which a norm of the whole picture would take away. Weights best begin with
/// InitType::xavier and a gain of 1: with kaiming they begin so large that the tanh at the end is
/// saturated, and nothing is learned.
struct SketchnetConfig {
  int in_channels = 3;
  int out_channels = 3;
  int features = 40;  // at a quarter of the side; 2, 4 and 4 times as many below
  int blocks = 2;     // residual blocks at a 32nd of the side
  Norm norm = Norm::instance;
};

/// x {N, in_channels, H, W} in [-1, 1], H and W multiples of 32 and at least 64 ->
/// {N, out_channels, H, W}.
Tensor sketchnet(Graph& graph, Tensor x, const SketchnetConfig& config,
                 const BuildOptions& options);

/// A generator without weights: the network and what is known of it.
Generator sketchnet_generator(const SketchnetConfig& config);

/// The sketchnet that these tensors would be if they were one.
SketchnetConfig guess_sketchnet(const StateDict& tensors);

}  // namespace imago

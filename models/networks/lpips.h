// LPIPS, how different two pictures look: "The Unreasonable Effectiveness of Deep Features as a
// Perceptual Metric", Zhang et al. 2018, version 0.1, with the networks and weights that the user
// has: VGG16 or AlexNet as torchvision names their tensors, and the authors' weights of channels.
#pragma once

#include <array>

#include "models/checkpoint/state_dict.h"
#include "models/networks/layers.h"
#include "models/networks/vgg.h"

namespace imago {

struct LpipsConfig {
  bool alexnet = false;                                  // else VGG16
  std::array<int, 5> widths = {64, 128, 256, 512, 512};  // channels of the five feature maps
};

/// Equation 1: {N, 1, 1, 1} for x and y {N, 3, H, W}, RGB in [-1, 1]. Parameters are
/// "features.0.weight"… and "lin0.model.1.weight"… Throws ShapeError for other shapes and for
/// pictures that are too small.
Tensor lpips(Graph& graph, Tensor x, Tensor y, const LpipsConfig& config);

/// The tensors under the names that `lpips` asks for, of a network and of weights, or of both in
/// one: a state_dict of the authors' LPIPS class. Other tensors are left out.
StateDict lpips_tensors(const StateDict& network, const StateDict& weights);
/// Throws Error where they are none.
LpipsConfig guess_lpips(const StateDict& tensors);

}  // namespace imago

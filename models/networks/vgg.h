// VGG, the classifiers whose features a perceptual loss compares: "Very Deep Convolutional Networks
// for Large-Scale Image Recognition", Simonyan & Zisserman 2015.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "models/checkpoint/state_dict.h"
#include "models/networks/layers.h"

namespace imago {

struct VggConfig {
  int depth = 19;  // 16 or 19, table 1, columns D and E
  // The first so many layers of torchvision's `features`, in which every convolution, ReLU and
  // pooling counts as one. vgg_layers below converts from a paper's notation.
  int layers = 37;
  std::array<int, 5> widths = {64, 128, 256, 512, 512};  // channels of the five blocks

  bool operator==(const VggConfig&) const = default;
};

/// Number of layers up to convolution `convolution` of block `block`, both counted from 1, before
/// its ReLU: Ledig et al.'s phi_{5,4} is vgg_layers(19, 5, 4) + 1, Wang et al. 2018 (ESRGAN) leave
/// the 1 out. Throws Error if there is no such convolution.
int vgg_layers(int depth, int block, int convolution);

/// x {N, 3, H, W}, RGB in [0, 1], is normalised with ImageNet's mean and deviation ->
/// {N, widths of the block, H / 2^p, W / 2^p} after p poolings, each of which drops an odd last row
/// or column. Parameters are `prefix` + "features.0.weight"… as torchvision names them. Throws
/// ShapeError if x has other than three channels or is too small, Error for a depth or number of
/// layers that there is not.
Tensor vgg_features(Graph& graph, Tensor x, const VggConfig& config, const std::string& prefix);

/// The same after each of these numbers of layers, which rise; config.layers counts for nothing.
std::vector<Tensor> vgg_feature_maps(Graph& graph, Tensor x, const VggConfig& config,
                                     const std::vector<int>& layers, const std::string& prefix);

/// The VGG that these (unwrapped) tensors belong to, up to the ReLU of the last convolution that is
/// there, or to the end if all are. What else the file holds (`classifier.…`) does not matter. What
/// ends before 16 and 19 differ counts as 19. Throws Error naming what was expected.
VggConfig guess_vgg(const StateDict& tensors);

}  // namespace imago

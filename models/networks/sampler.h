// Generators that make pictures of nothing but random numbers: samplers.
//
// As every generator they turn a picture {N, C, 1, 1} into one `side` times as large. Its channels
// are the latent, `latent` numbers of a standard normal distribution, and behind them, where the
// network was trained with labels, one number for each class: 1 for the one that is asked for and 0
// for the others.
#pragma once

#include <optional>
#include <string>

#include "models/checkpoint/state_dict.h"
#include "models/networks/generator.h"

namespace imago {

struct SamplerSize {
  int latent = 100;   // numbers that a sample is made of
  int classes = 0;    // labels it can be asked for; 0: none
  int channels = 3;   // of the picture
  int side = 64;      // of the picture
  int features = 64;  // see the networks
};

/// How often a picture of this side is halved until it is at most 7 pixels, and what is left then.
/// Throws Error for a side that this leads to an odd number above 7, or that is below 8.
struct Halvings {
  int count = 0, rest = 0;
};
Halvings halvings(int side);

/// Radford et al. 2016, section 3, with the keys of PyTorch's example ("main.0.weight"): the latent
/// becomes a square of halvings(side).rest pixels, which transposed convolutions double; in the
/// last but one picture there are `features` channels, twice as many in each smaller one, at most
/// eight times. The label's part of the first layer is "label.weight". `smooth`: Miyato et al.
/// 2018, table 3: one doubling more with `features` channels, then a 3x3 convolution.
struct DcganConfig : SamplerSize {
  bool smooth = false;
};
Generator dcgan_generator(const DcganConfig& config);
DcganConfig guess_dcgan(const StateDict& tensors, bool smooth);

/// Goodfellow et al. 2014: two layers of `features` rectifiers ("hidden1", "hidden2"), then the
/// picture ("out"). With labels Mirza & Osindero 2014, section 4.1: a sixth of the first layer is
/// made of the latent ("latent") and the rest of the label ("label"). The result passes a tanh, as
/// the networks' range is [-1, 1], where the papers have a sigmoid and [0, 1].
Generator perceptron_generator(const SamplerSize& size);
SamplerSize guess_perceptron(const StateDict& tensors);

}  // namespace imago

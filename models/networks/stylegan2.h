// The generator of StyleGAN2: "Analyzing and Improving the Image Quality of StyleGAN", Karras et
// al. 2020, with the tensor names of rosinality's stylegan2-pytorch.
#pragma once

#include <vector>

#include "compute/graph/graph.h"
#include "models/checkpoint/state_dict.h"
#include "models/networks/generator.h"

namespace imago {

struct Stylegan2Config {
  int latent = 512;  // numbers of z, and of w
  int mapping = 8;   // layers from z to w
  int colours = 3;   // channels of the result
  /// Of the pictures of 4, 8, 16… pixels a side; the last is that of the result.
  std::vector<int> channels = {512, 512, 512, 512, 512, 256, 128};
  bool noise = true;    // the file has what is added to the pictures ("noises.noise_0"…)
  bool average = true;  // and the mean of w ("latent_avg")

  int side() const { return 4 << (static_cast<int>(channels.size()) - 1); }
  /// Places where a w is used: one for each convolution of 3x3, and the last colours' own.
  int slots() const { return 2 * static_cast<int>(channels.size()); }
};

/// `features` where the picture has `side` pixels, twice as many in each smaller one, at most eight
/// times. Throws Error for a side that is no power of two from 8 to 1024.
std::vector<int> stylegan2_channels(int side, int features);

/// z {N, latent, 1, 1} of a standard normal distribution -> w of the same shape.
Tensor stylegan2_mapping(Graph& graph, Tensor z, const Stylegan2Config& config,
                         const BuildOptions& options);

/// The picture {N, colours, side, side} made with one w {N, latent, 1, 1} in each slot. Noise is
/// the file's own or, with BuildOptions::stochastic, another for every picture, which is what the
/// network is trained with.
Tensor stylegan2_synthesis(Graph& graph, const std::vector<Tensor>& w,
                           const Stylegan2Config& config, const BuildOptions& options);

/// As a sampler (sampler.h), with one channel more behind the latent where there is a mean of w:
/// the truncation psi, of which w = mean + psi (mapping(z) - mean); without that channel w stays as
/// it is. Convolutions are modulated by scaling what goes in and demodulated by scaling what comes
/// out, which is the same as scaling the weights of every picture (section 2.2).
Generator stylegan2_generator(const Stylegan2Config& config);
/// Of tensors as `canonical` gives them.
Stylegan2Config guess_stylegan2(const StateDict& tensors);

/// True of a file with rosinality's names, whose weights have five dimensions.
bool is_rosinality_stylegan2(const StateDict& tensors);

}  // namespace imago

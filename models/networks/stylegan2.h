// The generator of StyleGAN2: "Analyzing and Improving the Image Quality of StyleGAN", Karras et
// al. 2020, with the tensor names of rosinality's stylegan2-pytorch.
#pragma once

#include <vector>

#include "models/checkpoint/state_dict.h"
#include "models/networks/generator.h"

namespace imago {

struct Stylegan2Config {
  int latent = 512;  // numbers of z, and of w
  int mapping = 8;   // layers from z to w
  /// Of the pictures of 4, 8, 16… pixels a side; the last is that of the result.
  std::vector<int> channels = {512, 512, 512, 512, 512, 256, 128};
  bool noise = true;    // the file has what is added to the pictures ("noises.noise_0"…)
  bool average = true;  // and the mean of w ("latent_avg")

  int side() const { return 4 << (static_cast<int>(channels.size()) - 1); }
};

/// As a sampler (sampler.h), with one channel more behind the latent where there is a mean of w:
/// the truncation psi, of which w = mean + psi (mapping(z) - mean); 1 leaves w as it is. Weights
/// are scaled as they are used (equalised learning rates, Karras et al. 2018, section 4.1).
/// Convolutions are modulated by scaling what goes in and demodulated by scaling what comes out,
/// which is the same as scaling the weights of every picture (section 2.2). Noise is that of the
/// file.
Generator stylegan2_generator(const Stylegan2Config& config);
/// Of tensors as `canonical` gives them.
Stylegan2Config guess_stylegan2(const StateDict& tensors);

/// True of a file with rosinality's names, whose weights have five dimensions.
bool is_rosinality_stylegan2(const StateDict& tensors);

}  // namespace imago

// WaveGAN: "Adversarial Audio Synthesis", Donahue et al. 2019: the layers of DCGAN along one axis,
// with 25 samples for a kernel where that has 5x5 pixels, and fourfold where that doubles.
//
// A sound of side² samples lies row by row in a square picture of one channel, so that whatever
// runs samplers runs these too; inside, its samples lie in one row.
#pragma once

#include "models/networks/judges.h"
#include "models/networks/sampler.h"

namespace imago {

/// How often a sound of this many samples is quartered until 16 are left. Throws Error for a length
/// that is not 16 times a power of four, from 64 to 1,048,576.
int quarterings(int length);

struct WaveganConfig {
  int latent = 100;
  int length = 16384;  // in samples
  int features = 64;   // channels where there are a quarter as many; doubled with each further one
  int rate = 16000;    // samples a second, which the network does not see
};

/// The keys are "fc" and "layers.0", "layers.1"…
Generator wavegan_generator(const WaveganConfig& config);
WaveganConfig guess_wavegan(const StateDict& tensors);

/// The discriminator, JudgeKind::wavegan: quarters the sound as often, and between its layers
/// shifts all channels by up to JudgeConfig::shuffle samples, anew in each use (section 3.3, phase
/// shuffle), where BuildOptions::stochastic is true. x {N, 1, side, side} gives {N, 1, 1, 1}.
Tensor wavegan_judge(Graph& graph, Tensor x, const JudgeConfig& config,
                     const BuildOptions& options);
JudgeConfig guess_wavegan_judge(const StateDict& tensors);

}  // namespace imago

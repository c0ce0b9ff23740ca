// The game of a generator that is given random numbers: "Generative Adversarial Nets", Goodfellow
// et al. 2014. The methods of the family (dcgan.h, cgan.h, wgan_gp.h, sngan.h) are this game with
// other networks and losses.
#pragma once

#include "models/networks/judges.h"
#include "models/networks/sampler.h"
#include "models/training/methods/method.h"

namespace imago {

struct GanOptions {
  Generator generator = perceptron_generator({.channels = 1, .side = 28, .features = 1200});
  JudgeConfig discriminator = {
      .kind = JudgeKind::maxout, .in_channels = 1, .side = 28, .features = 240};
  bool dropout = true;  // in the discriminator, where it has some
  int critic_steps =
      1;  // steps of the discriminator for each one of the generator, Algorithm 1's k
  TrainingOptions training;
};

/// Algorithm 1. Losses G_GAN, D_real, D_fake (penalty, r1). Image fake_b. `a` is the shape of a
/// batch of latents {N, latent + classes, 1, 1}, `b` that of its pictures. One phase: the
/// discriminator's step, then the generator's, which learns from the new discriminator and by the
/// same latents; with several critic_steps two: the first is run for so many batches, the second
/// for the last of them. Throws Error where the networks' sizes are not those of the batch.
Method gan(const GanOptions& options, const Shape& a, const Shape& b);

}  // namespace imago

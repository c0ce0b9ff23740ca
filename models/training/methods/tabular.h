// CTGAN: "Modeling Tabular Data using Conditional GAN", Xu et al. 2019.
#pragma once

#include "models/networks/tabular.h"
#include "models/training/methods/method.h"

namespace imago {

struct TabularOptions {
  Generator generator;   // tabular_generator(config)
  TabularConfig config;  // of it
  TabularJudge discriminator;
  bool dropout = true;   // in the discriminator
  int critic_steps = 1;  // of the discriminator for each one of the generator
  TrainingOptions training = {.gan_mode = GanMode::wgangp};
};

/// Section 4.3 and 4.4: the game of gan.h between packs of rows. Losses G_GAN, condition (how far
/// the generator is from making the category it was asked for), D_real, D_fake, penalty. `a` is the
/// shape of a batch of latents with conditions {N, latent + conditions, 1, 1}, `b` of rows with
/// theirs {N, width + conditions, 1, 1}. The penalty is that of packs, all rows of a pack at one
/// place between real and made. Phases as gan. Throws Error where sizes do not fit, or N is no
/// multiple of how many rows are packed.
Method tabular(const TabularOptions& options, const Shape& a, const Shape& b);

}  // namespace imago

// Pix2Pix: "Image-to-Image Translation with Conditional Adversarial Networks", Isola et al. 2017.
#pragma once

#include "models/networks/discriminators.h"
#include "models/networks/unet.h"
#include "models/training/methods/method.h"

namespace imago {

/// Section 3: a conditional GAN, whose discriminator sees input and output together, plus L1.
struct Pix2PixOptions {
  Generator generator = unet_generator({});
  DiscriminatorConfig discriminator = {.in_channels = 6};
  float lambda_l1 = 100;
  /// Of feature matching (Wang et al. 2018, pix2pixHD, equation 4), where it is 10; 0: without.
  float lambda_features = 0;
  bool dropout = true;  // section 2.2: the only source of noise
  TrainingOptions training;
};

/// Losses G_GAN, G_L1 (feature), D_fake, D_real (penalty). Image fake_b. One phase: the
/// discriminator's step, then the generator's against the new discriminator. `a` and `b` are the
/// shapes of a batch.
Method pix2pix(const Pix2PixOptions& options, const Shape& a, const Shape& b);

}  // namespace imago

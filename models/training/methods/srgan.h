// SRGAN: "Photo-Realistic Single Image Super-Resolution Using a Generative Adversarial Network",
// Ledig et al. 2017.
#pragma once

#include "models/networks/discriminators.h"
#include "models/networks/srresnet.h"
#include "models/training/methods/method.h"

namespace imago {

/// Section 2.2: the perceptual loss. With the defaults of leftthomas' SRGAN, where the features are
/// those of a VGG network; without one, those of the discriminator itself (Larsen et al. 2016).
struct SrganOptions {
  Generator generator = srresnet_generator({});
  DiscriminatorConfig discriminator = {.kind = DiscriminatorKind::srgan};
  PixelLoss pixel_loss = PixelLoss::mse;
  float pixel_weight = 1, adversarial_weight = 0.001f, feature_weight = 0.006f;
  float total_variation_weight = 2e-8f;
  bool relativistic = false;  // ESRGAN, Wang et al. 2018, section 3.2
  /// Turns a picture {N,3,H,W} in [0, 1] into features of a network that is not trained, whose
  /// parameters begin with "VGG."; empty: the discriminator's features.
  std::function<Tensor(Graph&, Tensor)> features;
  TrainingOptions training = {.adam = {.beta1 = 0.9f}};
};

/// Two stages: "pixel" with the loss pixel alone, then "adversarial" with pixel, adversarial,
/// feature, tv, D_real, D_fake (relativistic: D). Image fake_b. `a` is the shape of a batch of
/// small pictures, `b` of the large ones, both with values in [0, 1].
Method srgan(const SrganOptions& options, const Shape& a, const Shape& b);

}  // namespace imago

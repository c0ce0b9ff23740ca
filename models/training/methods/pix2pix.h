// Pix2Pix: "Image-to-Image Translation with Conditional Adversarial Networks", Isola et al. 2017.
#pragma once

#include "models/networks/layers.h"
#include "models/training/methods/method.h"

namespace imago {

/// The U-Net generator (section 6.1.1): every level halves the sides down to a bottleneck and hands
/// its input over to the way back up.
struct UnetConfig {
  int in_channels = 3;
  int out_channels = 3;
  int features = 64;  // of the outermost level; doubled per level up to eightfold
  int depth = 8;      // levels, at least 5: 7 is unet_128, 8 is unet_256
  Norm norm = Norm::batch;
  bool bias = false;    // of convolutions before a norm
  bool dropout = true;  // in the levels of full width but the innermost
};

/// x {N, in_channels, H, W} in [-1, 1], H and W multiples of 2^depth -> {N, out_channels, H, W}.
Tensor unet(Graph& graph, Tensor x, const UnetConfig& config, const BuildOptions& options);

/// A generator without weights: the network and what is known of it.
Generator unet_generator(const UnetConfig& config);

/// The U-Net that these tensors would be if they were one (pytorch-CycleGAN-and-pix2pix keys).
/// Its keys do not tell dropout; it is assumed, as the paper has it.
UnetConfig guess_unet(const StateDict& tensors);

/// Section 3: a conditional GAN, whose discriminator sees input and output together, plus L1.
struct Pix2PixOptions {
  Generator generator = unet_generator({});
  DiscriminatorConfig discriminator = {.in_channels = 6};
  float lambda_l1 = 100;
  bool dropout = true;  // section 2.2: the only source of noise
  TrainingOptions training;
};

/// Losses G_GAN, G_L1, D_fake, D_real (penalty). Image fake_b. One phase: the discriminator's step,
/// then the generator's against the new discriminator. `a` and `b` are the shapes of a batch.
Method pix2pix(const Pix2PixOptions& options, const Shape& a, const Shape& b);

}  // namespace imago

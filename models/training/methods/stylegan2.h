// StyleGAN2: "Analyzing and Improving the Image Quality of StyleGAN", Karras et al. 2020.
#pragma once

#include "models/networks/stylegan2.h"
#include "models/networks/stylegan2_discriminator.h"
#include "models/training/methods/method.h"

namespace imago {

struct Stylegan2Options {
  Stylegan2Config generator;
  Stylegan2Judge discriminator;
  /// The share of pictures that are made with two w, the second from a random layer on (Karras et
  /// al. 2019, section 3.1).
  float style_mixing = 0.9f;
  float path_weight = 2;  // of the path length regulariser; 0: none
  int path_every = 4;     // steps from one of it to the next
  int r1_every = 16;      // the same of R1, whose weight is training.r1_gamma
  TrainingOptions training;
};

/// The game of gan.h with regularisers of their own every few steps, weighted up accordingly
/// (appendix B, "lazy regularization"). Losses D_real, D_fake, G_GAN, r1, path. Image fake_b. `a`
/// is the shape of a batch of latents {N, latent, 1, 1}, `b` that of its pictures. Phases, each
/// drawing its own noise and, but for the first, its own latents:
///   discriminator  by the latents of the batch,
///   r1             every r1_every steps,
///   generator      which also moves the mean of w,
///   path           every path_every steps, half a batch: (|J^T y| - a)^2, where J is the
///                  picture's gradient by w, y random and a the mean of all lengths so far
///                  (equation 4), which is kept as the parameter "path_length",
///   average        with training.ema.
/// Throws Error where the networks' sizes are not those of the batch.
Method stylegan2(const Stylegan2Options& options, const Shape& a, const Shape& b);

}  // namespace imago

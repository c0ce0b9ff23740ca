// Loss functions. All results are {1,1,1,1} unless a line says otherwise.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "compute/ops/ops.h"
#include "models/training/methods/loss_kinds.h"

namespace imago {

/// The adversarial loss: the discriminator's for real and for fake pictures, and the generator's.
Tensor real_loss(GanMode mode, Tensor logits);
Tensor fake_loss(GanMode mode, Tensor logits);
Tensor generator_loss(GanMode mode, Tensor logits);

/// Relative to the other side's average logit (Jolicoeur-Martineau 2018, RaGAN; the mean of both
/// terms as in ESRGAN). For lsgan the real ones are to be 1 above the fake ones, the fake ones 1
/// below.
Tensor relativistic_discriminator_loss(GanMode mode, Tensor real, Tensor fake);
Tensor relativistic_generator_loss(GanMode mode, Tensor real, Tensor fake);

/// The discriminator's accuracy: the share of logits, real and fake ones counting alike, on the
/// right side of the decision threshold: 0, of lsgan 1/2. None for wgangp and wgan, whose critics
/// have none.
Tensor accuracy(GanMode mode, Tensor real, Tensor fake);

/// The mean over the examples of (|gradient of the critic at x_hat| - 1)^2, where x_hat lies
/// between real and fake {N,C,H,W} at `share` {N,1,1,1} in [0, 1] of real (Gulrajani et al. 2017,
/// Algorithm 1; without their factor lambda).
Tensor gradient_penalty(const std::function<Tensor(Tensor)>& critic, Tensor real, Tensor fake,
                        Tensor share);

/// The mean over the real examples of the squared length of the discriminator's gradient there
/// (Mescheder et al. 2018, equation 9; without their factor gamma / 2). `logits` are those of
/// `real`.
Tensor real_slope_penalty(Tensor logits, Tensor real);

/// The mean over the examples of -log of the probability that softmax gives to the example's class.
/// logits {N, classes, 1, 1}; `label` of the same shape, 1 for the class and zeros.
Tensor cross_entropy(Tensor logits, Tensor label);
/// The share of the examples whose class has the largest logit.
Tensor recognised(Tensor logits, Tensor label);

Tensor mean_of(Tensor x);                   // over everything
Tensor absolute_error(Tensor a, Tensor b);  // mean |a - b|
Tensor squared_error(Tensor a, Tensor b);   // mean (a - b)^2
/// 2 (sum of squared steps down / their number + the same across) / N (leftthomas' SRGAN). The
/// numbers are of one picture.
Tensor total_variation(Tensor x);

/// The mean over the layers of squared_error, one layer for each resolution that both networks
/// looked at the picture in (Larsen et al. 2016, "learned similarity metric").
Tensor feature_loss(const std::vector<Tensor>& fake, const std::vector<Tensor>& real,
                    const Shape& picture);

/// Four times the mean over a discriminator's blocks of absolute_error (Wang et al. 2018,
/// pix2pixHD, equation 4, with the weights of the authors' code: 4 / blocks each).
Tensor feature_matching(const std::vector<Tensor>& fake, const std::vector<Tensor>& real);

}  // namespace imago

// WGAN-GP: "Improved Training of Wasserstein GANs", Gulrajani et al. 2017.
#pragma once

#include "models/training/methods/gan.h"

namespace imago {

/// Algorithm 1: the critic takes several steps for each of the generator, and the length of its
/// gradient between real and generated pictures is held at 1. With GanMode::wgan and a weight_clip
/// that of Arjovsky et al. 2017, which clips weights in its place. Throws Error for a critic with
/// batch norm where there is a penalty on single pictures (section 4, "no critic batch
/// normalization").
Method wgan_gp(const GanOptions& options, const Shape& a, const Shape& b);

}  // namespace imago

// Directions of a latent space in which pictures change most.
#pragma once

#include <vector>

#include "models/generate/latent_space.h"

namespace imago {

/// Of length 1, at right angles to each other, the one that changes most first. A step of
/// `units[i]` along direction i is as long as is usual: 1, or of pca the points' deviation.
struct Directions {
  std::vector<LatentPoint> vectors;
  std::vector<double> units;
};

/// SeFa (Shen & Zhou 2021, equation 8): the eigenvectors of A^T A, where A are the weights that a
/// point is multiplied by first: of StyleGAN2 those of all modulations but the colours', else those
/// of the first layer. Throws Error for a network whose first layer is not known.
Directions sefa_directions(const Generator& generator);

/// GANSpace (Härkönen et al. 2020, section 2.2): the principal components of `samples` points of w,
/// those of the seeds from 0 on. Throws Error without styles, as random numbers have no direction
/// that is longer than others.
Directions pca_directions(LatentSpace& space, int samples = 4096);

}  // namespace imago

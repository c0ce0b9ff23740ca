// Pictures made as bad as those that people want restored.
#pragma once

#include <array>

#include "models/data/picture.h"
#include "models/data/random_stream.h"

namespace imago {

struct Range {
  double low = 0, high = 0;
};

/// One round of blur, resizing, noise and JPEG. The defaults are those of the first round.
struct DegradationStage {
  double blur_probability = 1;
  double sinc_probability = 0.1;  // of the blur being a sinc filter
  /// Of the other kernels: isotropic and anisotropic Gaussian, generalised, plateau.
  std::array<double, 6> kernel_probabilities = {0.45, 0.25, 0.12, 0.03, 0.12, 0.03};
  Range sigma = {0.2, 3};             // pixels
  Range generalised_beta = {0.5, 4};  // half of the draws below 1, half above
  Range plateau_beta = {1, 2};
  double enlarge_probability = 0.2, reduce_probability = 0.7;
  Range resize = {0.15, 1.5};
  double gaussian_probability = 0.5;  // else Poisson noise
  Range gaussian_sigma = {1, 30};     // out of 255
  Range poisson_scale = {0.05, 3};
  double grey_noise_probability = 0.4;  // one noise for all channels
  Range jpeg_quality = {30, 95};
};

/// Real-ESRGAN (Wang, Xie, Dong, Shan 2021, "Training real-world blind super-resolution with pure
/// synthetic data", section 3 and 4.1), with its settings for training.
struct DegradationOptions {
  DegradationStage first;
  DegradationStage second = {.blur_probability = 0.8,
                             .sigma = {0.2, 1.5},
                             .enlarge_probability = 0.3,
                             .reduce_probability = 0.4,
                             .resize = {0.3, 1.2},
                             .gaussian_sigma = {1, 25},
                             .poisson_scale = {0.05, 2.5}};
  double final_sinc_probability = 0.8;
};

/// A degraded picture of 1 / scale the size. `large` is RGB, its sides multiples of `scale` ≥ 1.
/// A pure function of its arguments, `random` as it comes. Throws DataError.
Picture degrade(const Picture& large, int scale, const DegradationOptions& options,
                RandomStream& random);

}  // namespace imago

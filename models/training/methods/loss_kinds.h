// Which loss functions a person can choose between; losses.h has the functions.
#pragma once

namespace imago {

enum class GanMode {
  vanilla,  // cross-entropy of the logits, Goodfellow et al. 2014
  lsgan,    // squares, Mao et al. 2017
  wgangp,   // Wasserstein with gradient penalty, Gulrajani et al. 2017
  hinge,    // Lim & Ye 2017
  wgan,     // Wasserstein with clipped weights, Arjovsky et al. 2017
};
const char* to_string(GanMode mode);

/// How a picture is compared with the one it should be, pixel by pixel.
enum class PixelLoss {
  mse,  // mean squared error
  l1,   // mean absolute error
};
const char* to_string(PixelLoss loss);

}  // namespace imago

// SNGAN: "Spectral Normalization for Generative Adversarial Networks", Miyato et al. 2018.
#pragma once

#include "models/training/methods/gan.h"

namespace imago {

/// Section 2.2: every layer of the discriminator is divided by its largest singular value. Throws
/// Error where it is not.
Method sngan(const GanOptions& options, const Shape& a, const Shape& b);

}  // namespace imago

// cGAN: "Conditional Generative Adversarial Nets", Mirza & Osindero 2014.
#pragma once

#include "models/training/methods/gan.h"

namespace imago {

/// Equation 2: generator and discriminator are both told the label. Throws Error without labels.
Method cgan(const GanOptions& options, const Shape& a, const Shape& b);

}  // namespace imago

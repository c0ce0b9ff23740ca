// DCGAN: "Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
// Networks", Radford et al. 2016.
#pragma once

#include "models/training/methods/gan.h"

namespace imago {

/// Section 3: the same game (gan.h) between convolutional networks without pooling and hidden
/// layers, with batch norm in both, rectifiers in the generator and leaky ones in the
/// discriminator. Throws Error where one of them is no such network.
Method dcgan(const GanOptions& options, const Shape& a, const Shape& b);

}  // namespace imago

#include "models/training/methods/sngan.h"

#include "compute/base/error.h"

namespace imago {

Method sngan(const GanOptions& options, const Shape& a, const Shape& b) {
  if (!options.discriminator.spectral_norm)
    throw Error("sngan: its discriminator has spectral norm in every layer: --spectral-norm");
  Method method = gan(options, a, b);
  method.name = "sngan";
  return method;
}

}  // namespace imago

#include "models/training/methods/cgan.h"

#include "compute/base/error.h"

namespace imago {

Method cgan(const GanOptions& options, const Shape& a, const Shape& b) {
  if (options.generator.info.classes == 0)
    throw Error("cgan: learns to make pictures by their labels, so it needs --labels");
  Method method = gan(options, a, b);
  method.name = "cgan";
  return method;
}

}  // namespace imago

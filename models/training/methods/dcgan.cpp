#include "models/training/methods/dcgan.h"

#include "compute/base/error.h"

namespace imago {

Method dcgan(const GanOptions& options, const Shape& a, const Shape& b) {
  if (options.generator.info.architecture == "perceptron" ||
      options.discriminator.kind == JudgeKind::maxout)
    throw Error("dcgan: its networks are convolutional, --netG dcgan and --netD dcgan or sngan");
  Method method = gan(options, a, b);
  method.name = "dcgan";
  return method;
}

}  // namespace imago

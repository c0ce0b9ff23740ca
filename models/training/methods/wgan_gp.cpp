#include "models/training/methods/wgan_gp.h"

#include "compute/base/error.h"

namespace imago {

Method wgan_gp(const GanOptions& options, const Shape& a, const Shape& b) {
  const JudgeConfig& critic = options.discriminator;
  const bool normed = critic.kind == JudgeKind::dcgan && critic.norm == Norm::batch;
  if (normed && options.training.gan_mode == GanMode::wgangp)
    throw Error(
        "wgan-gp: with batch norm the critic's gradient for one picture depends on the others; "
        "choose --norm none or instance");
  Method method = gan(options, a, b);
  method.name = "wgan-gp";
  return method;
}

}  // namespace imago

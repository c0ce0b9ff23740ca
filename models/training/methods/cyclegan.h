// CycleGAN: "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks",
// Zhu et al. 2017.
#pragma once

#include "models/networks/discriminators.h"
#include "models/networks/resnet.h"
#include "models/training/methods/method.h"

namespace imago {

/// Section 3: two translations that undo each other, each against its own discriminator.
struct CycleGanOptions {
  Generator a_to_b = resnet_generator({}), b_to_a = resnet_generator({});
  DiscriminatorConfig discriminator = {.norm = Norm::instance};
  float lambda_a = 10, lambda_b = 10;  // of the cycles a -> b -> a and b -> a -> b
  float lambda_identity = 0.5f;        // relative to them; section 5.2, "photo generation"
  bool dropout = false;
  TrainingOptions training = {.gan_mode = GanMode::lsgan};
};

/// Losses G_A, G_B, cycle_A, cycle_B, idt_A, idt_B (where lambda_identity > 0), D_A, D_B and what
/// they are made of. Images fake_b, rec_a, fake_a, rec_b. Two phases with the image pool between
/// them: both generators, then both discriminators. G_A translates a to b, D_A judges b.
Method cyclegan(const CycleGanOptions& options, const Shape& a, const Shape& b);

}  // namespace imago

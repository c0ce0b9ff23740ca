// StyleGAN2 as a method of the family (family.h): its defaults, and its networks.
#pragma once

#include "models/training/prepare.h"

namespace imago {

/// Those of a run that do not hold for the whole family. Widths and R1's weight are for pictures of
/// 64 pixels, where the paper's are for 1024.
void set_stylegan2_defaults(TrainingRequest& request);

/// See `prepare`. --init takes a generator of this kind with the discriminator beside it, or
/// rosinality's file that holds both; the file decides what they are.
PreparedTraining prepare_stylegan2(const TrainingRequest& request, const Shape& a, const Shape& b);

}  // namespace imago

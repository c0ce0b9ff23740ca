// The methods whose generators are given random numbers: gan, dcgan, cgan, wgan-gp, sngan,
// stylegan2.
#pragma once

#include <string>
#include <vector>

#include "models/training/prepare.h"

namespace imago {

/// "gan", "dcgan", "cgan", "wgan-gp", "sngan", "stylegan2".
const std::vector<std::string>& family_methods();
bool is_of_family(const std::string& method);

/// The paper's settings, as far as docs/family.md does not say otherwise.
void set_family_defaults(TrainingRequest& request);

/// See `prepare`.
PreparedTraining prepare_family(const TrainingRequest& request, const Shape& a, const Shape& b);

}  // namespace imago

// Runs to begin with: the data sets, the losses, and what goes wrong.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/playground/trouble.h"

namespace imago::playground {

struct Preset {
  std::string name, text;  // text: what there is to be seen
  Settings settings;
  double speed = 0;  // iterations a second at which it is well watched; 0: as many as there can be
  std::optional<Trouble> provokes = {};
};
const std::vector<Preset>& presets();

}  // namespace imago::playground

// From what a person asks training to do to the networks and graphs that do it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "models/training/methods/method.h"
#include "models/training/request.h"

namespace imago {

/// A method ready to be given to a Trainer, made for batches of these shapes.
struct PreparedTraining {
  Method method;
  std::map<Network, StateDict> start;  // networks that do not begin from nothing
};

/// The file of another network of the same checkpoint, if it is there: "latest_net_D.pth" for
/// "latest_net_G.pth" from "G" to "D".
std::optional<std::filesystem::path> network_beside(const std::filesystem::path& generator,
                                                    const std::string& from, const std::string& to);

/// What the options of all methods say of the losses.
TrainingOptions common_options(const TrainingRequest& request);

/// Chooses the networks. Throws Error naming the option for what is unknown or does not fit
/// together, or the file for a checkpoint that does not fit, and what load_generator throws.
PreparedTraining prepare(const TrainingRequest& request, const Shape& a, const Shape& b);

}  // namespace imago

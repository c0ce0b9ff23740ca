#include <algorithm>
#include <array>
#include <string_view>

#include "models/checkpoint/checkpoint.h"

namespace imago {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::array kWrappers = {"params_ema"sv,       "params-ema"sv, "params"sv, "state_dict"sv,
                                  "model_state_dict"sv, "model"sv,      "net"sv};

bool any_begins_with(const StateDict& tensors, const std::string& prefix) {
  return std::any_of(tensors.begin(), tensors.end(),
                     [&](const auto& entry) { return entry.first.starts_with(prefix); });
}

// DataParallel puts "module." before the names of what it wraps, torch.compile "_orig_mod."; either
// may wrap the other, or only a part of a network.
std::string without_marks(std::string name) {
  for (const std::string mark : {"module.", "_orig_mod."}) {
    for (size_t at = 0; (at = name.find(mark, at)) != std::string::npos;) {
      if (at == 0 || name[at - 1] == '.')
        name.erase(at, mark.size());
      else
        ++at;
    }
  }
  return name;
}

// "model.1.weight" and "model.model.0.weight" are layers of pytorch-CycleGAN-and-pix2pix and of old
// ESRGAN files, "net.0.weight" is one of a pixel discriminator.
bool is_layer_name(std::string_view name, const std::string& prefix) {
  if (!name.starts_with(prefix)) return true;
  const std::string_view rest = name.substr(prefix.size());
  return rest.starts_with("model.") || (!rest.empty() && rest[0] >= '0' && rest[0] <= '9');
}

bool is_wrapper(const StateDict& tensors, std::string_view wrapper) {
  const std::string prefix = std::string(wrapper) + ".";
  if (!any_begins_with(tensors, prefix)) return false;
  if (tensors.groups.contains(std::string(wrapper))) return true;
  if (wrapper != "model" && wrapper != "net") return true;
  return std::none_of(tensors.begin(), tensors.end(), [&](const auto& entry) {
    return is_layer_name(without_marks(entry.first), prefix);
  });
}

std::string unmarked(std::string name) {
  const std::string generator = "netG.";
  name = without_marks(std::move(name));
  return name.starts_with(generator) ? name.substr(generator.size()) : name;
}

}  // namespace

StateDict unwrap(const StateDict& checkpoint) {
  std::string prefix;
  const auto found = std::find_if(kWrappers.begin(), kWrappers.end(), [&](std::string_view name) {
    return is_wrapper(checkpoint, name);
  });
  if (found != kWrappers.end()) prefix = std::string(*found) + ".";

  StateDict result;
  result.metadata = checkpoint.metadata;
  result.warnings = checkpoint.warnings;
  for (const std::string& group : checkpoint.groups) {
    if (group.starts_with(prefix)) result.groups.insert(group.substr(prefix.size()));
  }
  for (const auto& [name, tensor] : checkpoint) {
    if (!name.starts_with(prefix)) continue;
    const std::string inner = unmarked(name.substr(prefix.size()));
    if (result.contains(inner)) {
      throw CheckpointError(CheckpointError::Kind::malformed, name, 0,
                            "without its prefixes it has the name of another tensor");
    }
    result.insert(inner, tensor);
  }
  return result;
}

}  // namespace imago

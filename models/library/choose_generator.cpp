// Which group of names in a checkpoint is the generator. Training scripts save both networks of a
// GAN, optimizers and counters in one file, under names of their own: whatever these are, the group
// whose tensors fit a network is it.
#include <algorithm>
#include <set>

#include "compute/base/error.h"
#include "models/checkpoint/checkpoint.h"
#include "models/checkpoint/tensor_match.h"
#include "models/library/architectures.h"
#include "models/library/identify.h"
#include "models/networks/generator.h"
#include "models/networks/onnx_network.h"

namespace imago {
namespace {

constexpr int kDeepest = 5;           // groups within groups
constexpr size_t kMostTried = 256;    // of a damaged file's names
constexpr size_t kFewestTensors = 4;  // of a network

/// Names, types and shapes: enough to tell a network, without the memory of its weights.
StateDict outline(const StateDict& tensors) {
  StateDict result;
  for (const auto& [name, tensor] : tensors) result.insert(name, {tensor.type, tensor.shape, {}});
  result.groups = tensors.groups;
  return result;
}

/// The tensors below `group`, unwrapped; of the whole checkpoint if it is empty.
StateDict part_of(const StateDict& checkpoint, const std::string& group) {
  const std::string prefix = group.empty() ? "" : group + ".";
  StateDict part;
  part.metadata = checkpoint.metadata;
  part.warnings = checkpoint.warnings;
  for (const auto& [name, tensor] : checkpoint)
    if (name.starts_with(prefix)) part.insert(name.substr(prefix.size()), tensor);
  for (const std::string& name : checkpoint.groups)
    if (name.starts_with(prefix)) part.groups.insert(name.substr(prefix.size()));
  return unwrap(part);
}

bool is_number(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The groups right below `group`. A number is an index into a list of layers, not a network's
/// name.
std::set<std::string> groups_below(const StateDict& checkpoint, const std::string& group) {
  const std::string prefix = group.empty() ? "" : group + ".";
  std::set<std::string> groups;
  for (const auto& [name, tensor] : checkpoint) {
    if (!name.starts_with(prefix)) continue;
    const size_t dot = name.find('.', prefix.size());
    if (dot == std::string::npos || is_number(name.substr(prefix.size(), dot - prefix.size())))
      continue;
    groups.insert(name.substr(0, dot));
  }
  return groups;
}

bool holds_generator(const StateDict& checkpoint, const std::string& group) {
  try {
    const StateDict part = part_of(checkpoint, group);
    return part.size() >= kFewestTensors && is_generator(part);
  } catch (const CheckpointError&) {
    return false;  // names that collide without their prefixes
  }
}

/// The outermost groups that are generators, in order of their names.
std::vector<std::string> generators_in(const StateDict& checkpoint) {
  std::vector<std::string> found;
  std::vector<std::string> level = {""};
  size_t tried = 0;
  for (int depth = 0; depth < kDeepest && !level.empty(); ++depth) {
    std::vector<std::string> next;
    for (const std::string& group : level) {
      for (const std::string& below : groups_below(checkpoint, group)) {
        if (++tried > kMostTried) return found;
        if (holds_generator(checkpoint, below))
          found.push_back(below);
        else
          next.push_back(below);
      }
    }
    level = std::move(next);
  }
  return found;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// The group that `key` names: it itself, or the only one that ends with it.
std::string group_named(const StateDict& checkpoint, const std::string& key) {
  std::set<std::string> matching;
  for (const auto& [name, tensor] : checkpoint) {
    for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
      const std::string group = name.substr(0, dot);
      if (group == key) return key;
      if (group.ends_with("." + key)) matching.insert(group);
    }
  }
  if (matching.size() == 1) return *matching.begin();
  const std::vector<std::string> some =
      matching.empty() ? generators_in(outline(checkpoint))
                       : std::vector<std::string>(matching.begin(), matching.end());
  throw Error(matching.empty() ? "--key " + key + ": no tensor's name begins with it" +
                                     (some.empty() ? "" : "; networks in the file: " + listed(some))
                               : "--key " + key + ": several groups end with it: " + listed(some));
}

/// The moving average of rosinality's StyleGAN2 beside the generator itself, with the mean of w
/// that some of its files have.
StateDict average_of(const StateDict& checkpoint) {
  StateDict part = part_of(checkpoint, "g_ema");
  if (const HostTensor* mean = checkpoint.find("latent_avg")) part.insert("latent_avg", *mean);
  return part;
}

}  // namespace

StateDict choose_generator(const StateDict& checkpoint, const std::string& key) {
  if (is_onnx(checkpoint)) return checkpoint;
  if (!key.empty()) return part_of(checkpoint, group_named(checkpoint, key));
  const StateDict names = outline(checkpoint);
  if (holds_generator(names, "")) return unwrap(checkpoint);
  const std::vector<std::string> found = generators_in(names);
  if (found.empty()) return unwrap(checkpoint);
  if (found == std::vector<std::string>{"g", "g_ema"}) return average_of(checkpoint);
  if (found.size() > 1)
    throw Error("the file holds several generators: " + listed(found) +
                "; choose one with --key, for example --key " + found.front() +
                " (imago export --key writes it to a file of its own)");
  if (found.front() == "g_ema") return average_of(checkpoint);
  StateDict tensors = part_of(checkpoint, found.front());
  tensors.warnings.push_back("the file holds more than one network; taken is " + found.front());
  return tensors;
}

}  // namespace imago

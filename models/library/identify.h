// From a checkpoint to the network it belongs to.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "models/networks/generator.h"

namespace imago {

/// Recognises the network that these (unwrapped) tensors belong to: architecture, norm, width,
/// blocks, scale and channels come from the keys and shapes. Throws Error explaining which keys of
/// the nearest architecture were expected and which were found.
Generator identify(const StateDict& tensors);

/// The tensors of the one generator in a checkpoint, without prefixes: what `unwrap` gives if that
/// is one, else the one group of names ("netG", "state_dict.generator") that is. `key` names the
/// group, by its last part or parts, and is needed where several fit: else Error lists them. Where
/// none fits, what `unwrap` gives, for `identify` to explain.
StateDict choose_generator(const StateDict& checkpoint, const std::string& key = "");

struct LoadOptions {
  std::string key = {};  // see choose_generator
  /// Of a network that does not tell (ONNX): what its numbers for black and white are.
  std::optional<std::pair<float, float>> range = {};
};

/// read_checkpoint, choose_generator, identify; errors name the file. Of a training run that keeps
/// luma or saw several pictures at a time, as the file's metadata or the options.json beside it
/// tells, the generator keeps it too and uses running statistics.
Generator load_generator(const std::filesystem::path& path, const LoadOptions& options = {});

}  // namespace imago

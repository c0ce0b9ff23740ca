// From a checkpoint to the network it belongs to.
#pragma once

#include <filesystem>

#include "models/networks/generator.h"

namespace imago {

/// Recognises the network that these (unwrapped) tensors belong to: architecture, norm, width,
/// blocks, scale and channels come from the keys and shapes. Throws Error explaining which keys of
/// the nearest architecture were expected and which were found.
Generator identify(const StateDict& tensors);

/// read_checkpoint, unwrap, identify; errors name the file. Of a training run that keeps luma or
/// saw several pictures at a time, as the options.json beside the file tells, the generator keeps
/// it too and uses running statistics.
Generator load_generator(const std::filesystem::path& path);

}  // namespace imago

// From a pickle's tree to a StateDict: what zip and legacy files have in common.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/checkpoint/limits.h"
#include "models/checkpoint/pickle.h"
#include "models/checkpoint/view.h"

namespace imago::checkpoint {

/// Calls `use` with the bytes of a storage, which must have exactly the declared size; throws
/// CheckpointError if they are not there. `owned`: the vector that holds inflated bytes, which
/// `use` may take; else null.
using UseStorage = std::function<void(const StorageBytes&, std::vector<std::byte>* owned)>;
using StorageProvider = std::function<void(const pickle::Storage&, const UseStorage& use)>;

/// The tensors under the root dictionary: nested dictionaries become dotted names and groups,
/// values that are not tensors are left out. `input` is for error positions.
StateDict load_tensors(const pickle::Tree& tree, const pickle::Input& input,
                       const StorageProvider& provider, Budget& budget, const ReadOptions& options);

}  // namespace imago::checkpoint

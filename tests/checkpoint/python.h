// Asks PyTorch, through tests/fixtures/make_checkpoints.py, what a checkpoint holds.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "models/checkpoint/state_dict.h"

namespace imago {

/// True if a Python with PyTorch (and weights_only, 1.13) is installed.
bool have_torch();

/// One {"type": "OrderedDict", "tensors": […]} per file: .safetensors as the format's definition
/// says, others as torch.load(weights_only=True) does. Null if one cannot be read.
nlohmann::json describe_with_torch(const std::vector<std::filesystem::path>& paths);

/// Expects the same names in the same order, types, shapes and bytes as rows of {name, dtype,
/// shape, crc32}.
void expect_same(const StateDict& tensors, const nlohmann::json& rows);

}  // namespace imago

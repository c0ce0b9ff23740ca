// Installed models: checkpoints that can be named without their path.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace imago {

struct InstalledModel {
  std::string name;            // the file's stem
  std::filesystem::path path;  // an existing .safetensors, .pth, .pt, .onnx or .param file
};

/// The folders looked in, in this order, whether they exist or not: those of $IMAGO_MODELS
/// (separated by colons), $XDG_DATA_HOME/imago/models (~/.local/share/imago/models), and the ones
/// that come with the program: ../share/imago/models beside an installed one, models/weights of the
/// source tree beside one that was built there.
std::vector<std::filesystem::path> model_folders();
/// The last of them, which come with the program.
std::vector<std::filesystem::path> shipped_model_folders();

/// The one of them that is the user's own, where new models go: the first.
std::filesystem::path user_model_folder();

/// Where the running program's file is; nothing where the system does not tell.
std::optional<std::filesystem::path> program_folder();

/// Every installed model, by name; where two have one name, the first folder wins (and within one
/// folder .safetensors over .pth over .pt). Folders that cannot be read count as empty.
std::vector<InstalledModel> installed_models();

/// `model`: the path of an existing file, or the name of an installed model (with or without its
/// extension). A file of that name in the current folder wins. Throws Error that tells of near
/// names and where was looked.
std::filesystem::path resolve_model(const std::string& model);

}  // namespace imago

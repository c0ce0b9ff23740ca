// The files of models: brought into a folder, renamed, written in another form, measured by size.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/library/identify.h"

namespace imago {

struct ExportOptions {
  LoadOptions load = {};
  bool half = false;         // weights in half precision
  std::string license = {};  // empty: as the file says
  int side = 0, shifts = 0;  // ModelInfo::side and shifts; 0: as the file says
  int margin = -1;           // ModelInfo::margin; -1: as the file says
  bool keep_luma = false;    // see keeping_luma
  /// Another model of the same network, and its share, 0…1, of the weights that are written: what
  /// lies between two that one was trained to from the other has something of both (network
  /// interpolation, Wang et al. 2018, ESRGAN, section 3.4). Empty: none.
  std::filesystem::path blend = {};
  double blend_share = 0.5;
};

/// Writes the model's tensors as PyTorch's modules expect them, wrappers stripped, or a network, as
/// the extension of `output` says: .safetensors, .pth or .onnx (in single precision). The file is
/// whole or as it was. Returns how many tensors or nodes were written. Throws Error, what
/// load_generator throws.
size_t export_model(const std::filesystem::path& model, const std::filesystem::path& output,
                    const ExportOptions& options);

/// The checkpoint and what belongs to it: NAME.bin of NAME.param, the card NAME.json, the picture
/// NAME.jpg or NAME.png.
std::vector<std::filesystem::path> files_of_model(const std::filesystem::path& model);

/// Copies a model with what belongs to it into `folder`, which is made if need be, and gives where
/// it is then. Throws Error where it is no model that can be used, or where one of its name is
/// there; then nothing is left of it.
std::filesystem::path import_model(const std::filesystem::path& model,
                                   const std::filesystem::path& folder);

/// Gives the model's files (but for the picture, which the card names) another stem; returns the
/// new path. Throws Error for a name that no file can have, or that another one has.
std::filesystem::path rename_model(const std::filesystem::path& model, const std::string& name);

}  // namespace imago

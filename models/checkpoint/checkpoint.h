// Reading and writing checkpoints nobody vouches for (docs/checkpoints.md).
//
// Files are parsed as data: no code runs, no other path is opened, memory stays bounded by the
// file's size. Every refusal is a CheckpointError that names the tensor or entry and the offset.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "compute/base/error.h"
#include "models/checkpoint/state_dict.h"

namespace imago {

class CheckpointError : public Error {
 public:
  enum class Kind {
    io,           // cannot be opened or read
    not_a_model,  // no known format (an HTML page, a Git-LFS pointer, a picture…)
    truncated,    // the file ends too early
    malformed,    // breaks its format's rules
    unsupported,  // TorchScript, tar, unknown dtype…
    forbidden,    // a pickle opcode or global off the allow-list
    limit,        // exceeds a budget
    not_finite,   // NaN or Inf in weights
  };
  CheckpointError(Kind kind, std::string where, uint64_t offset, const std::string& what);
  Kind kind() const { return kind_; }
  const std::string& where() const { return where_; }  // tensor, entry or key; may be empty
  /// Byte offset in the file. Inside a deflated zip entry: that of the entry's data; the message
  /// then counts from the start of the inflated bytes.
  uint64_t offset() const { return offset_; }
  /// The same error with the file's name in front of the message.
  CheckpointError in_file(const std::filesystem::path& path) const;

 private:
  CheckpointError(const std::string& prefix, const CheckpointError& error);

  Kind kind_;
  std::string where_;
  uint64_t offset_;
};

struct ReadOptions {
  bool allow_not_finite = false;  // by default NaN or Inf in weights is refused
};

/// Reads a .safetensors, zip .pth/.pt, legacy .pth, .onnx or ncnn .param file, told apart by
/// content, not by name; given ncnn's .bin, the .param beside it. Of ONNX and ncnn the weights are
/// the tensors and the graph is in the metadata (onnx.h). Nested dictionaries appear as
/// "outer.inner" and are listed in `groups`; values that are not tensors (step counters, options…)
/// are left out. The usual wrappers (params_ema, state_dict…) are not stripped here but by
/// `unwrap`. Throws CheckpointError whose message begins with the path.
StateDict read_checkpoint(const std::filesystem::path& path, const ReadOptions& options = {});

/// The same from memory; what the fuzzers and tests call. Each throws CheckpointError.
StateDict read_safetensors(std::span<const std::byte> file, const ReadOptions& options = {});
StateDict read_torch_zip(std::span<const std::byte> file, const ReadOptions& options = {});
StateDict read_torch_legacy(std::span<const std::byte> file, const ReadOptions& options = {});
StateDict read_checkpoint(std::span<const std::byte> file, const ReadOptions& options = {});

/// Strips the wrappers of docs/compat.md: the first of params_ema, params-ema, params, state_dict,
/// model_state_dict, model, net that holds tensors, else the root; then `module.` and `_orig_mod.`
/// wherever they are in a name, and a leading `netG.`.
/// `model` and `net` also begin the layer names of some networks ("model.1.weight",
/// "net.0.weight"): without a dictionary of that name in `groups` they count as wrappers only if
/// every name begins with them and goes on with a word, not a number.
StateDict unwrap(const StateDict& checkpoint);

/// Each writes under a temporary name in the same folder, flushes, renames and flushes the folder:
/// the file at `path` is whole or as it was. Throws Error naming the path and the reason.
/// The .pth form loads with torch.load(weights_only=True) as an OrderedDict of tensors; the
/// metadata are in a record of their own, which PyTorch passes over and read_checkpoint reads.
void write_safetensors(const StateDict& tensors, const std::filesystem::path& path);
void write_torch_zip(const StateDict& tensors, const std::filesystem::path& path);

}  // namespace imago

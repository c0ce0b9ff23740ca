// The files beside an ONNX model that hold its weights (onnx/docs/ExternalData.md).
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "models/checkpoint/limits.h"
#include "models/checkpoint/onnx.h"
#include "models/checkpoint/source.h"

namespace imago::checkpoint {

/// The location that onnx_graph_of knows: the data are in the StateDict.
inline constexpr const char* kKeptApart = "imago:weights";

class ExternalFiles {
 public:
  /// An empty folder: every file is refused.
  ExternalFiles(std::filesystem::path folder, Budget& budget)
      : folder_(std::move(folder)), budget_(budget) {}

  void allow_kept_apart() { kept_apart_ = true; }
  bool kept_apart_allowed() const { return kept_apart_; }

  struct Part {
    std::span<const std::byte> bytes;
  };
  /// `place`: location, offset and length as the tensor tells. Throws CheckpointError: forbidden
  /// for a path that leads out of the folder, is absolute or goes through a link; truncated for a
  /// file that is too short; malformed for a length that is not `bytes`.
  Part find(const std::map<std::string, std::string>& place, const std::string& tensor,
            uint64_t bytes, uint64_t offset);

 private:
  const MappedFile& open(const std::string& location, const std::string& tensor, uint64_t offset);

  std::filesystem::path folder_;
  Budget& budget_;
  bool kept_apart_ = false;
  std::map<std::string, std::unique_ptr<MappedFile>> files_;
};

OnnxModel read_onnx_model(std::span<const std::byte> file, ExternalFiles& external, Budget& budget,
                          const ReadOptions& options);

}  // namespace imago::checkpoint

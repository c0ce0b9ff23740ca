#include "models/checkpoint/checkpoint.h"

#include <utility>

#include "models/checkpoint/readers.h"
#include "models/checkpoint/text.h"

namespace imago {
namespace {

std::string sentence(const std::string& where, uint64_t offset, const std::string& what) {
  const std::string subject = where.empty() ? "" : checkpoint::printable(where) + ": ";
  return subject + what + " (byte " + std::to_string(offset) + ")";
}

}  // namespace

CheckpointError::CheckpointError(Kind kind, std::string where, uint64_t offset,
                                 const std::string& what)
    : Error(sentence(where, offset, what)),
      kind_(kind),
      where_(std::move(where)),
      offset_(offset) {}

CheckpointError::CheckpointError(const std::string& prefix, const CheckpointError& error)
    : Error(prefix + error.what()),
      kind_(error.kind_),
      where_(error.where_),
      offset_(error.offset_) {}

CheckpointError CheckpointError::in_file(const std::filesystem::path& path) const {
  return CheckpointError(path.string() + ": ", *this);
}

StateDict read_checkpoint(const std::filesystem::path& path, const ReadOptions& options) {
  try {
    const checkpoint::MappedFile file(path);
    // The weights of an ncnn network are a file without any mark of its own.
    const std::filesystem::path param = std::filesystem::path(path).replace_extension(".param");
    if (path.extension() == ".bin" && std::filesystem::exists(param))
      return read_checkpoint(param, options);
    return checkpoint::read(file.source(), options, path);
  } catch (const CheckpointError& error) {
    if (path.extension() != ".bin" || error.kind() != CheckpointError::Kind::not_a_model)
      throw error.in_file(path);
    throw CheckpointError(error.kind(), "", 0,
                          "this is no model file by itself; if it holds the weights of an ncnn "
                          "network, " +
                              path.stem().string() + ".param must be beside it")
        .in_file(path);
  }
}

StateDict read_checkpoint(std::span<const std::byte> file, const ReadOptions& options) {
  return checkpoint::read(checkpoint::Source(file), options);
}

StateDict read_safetensors(std::span<const std::byte> file, const ReadOptions& options) {
  return checkpoint::read_safetensors(checkpoint::Source(file), options);
}

StateDict read_torch_zip(std::span<const std::byte> file, const ReadOptions& options) {
  return checkpoint::read_torch_zip(checkpoint::Source(file), options);
}

StateDict read_torch_legacy(std::span<const std::byte> file, const ReadOptions& options) {
  return checkpoint::read_torch_legacy(checkpoint::Source(file), options);
}

}  // namespace imago

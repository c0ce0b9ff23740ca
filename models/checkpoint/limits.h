// Bounds that every checkpoint reader keeps, whatever a file claims.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "models/checkpoint/checkpoint.h"

namespace imago::checkpoint {

inline constexpr size_t kMaxTensors =
    65536;                                // the largest published generators have a few thousand
inline constexpr size_t kMaxName = 1024;  // bytes of a tensor's, entry's or storage's name
inline constexpr size_t kMaxDims = 8;
inline constexpr uint64_t kMaxHeader = 100'000'000;         // safetensors, as its reference reader
inline constexpr uint64_t kMaxPickle = uint64_t{64} << 20;  // bytes of one pickle
inline constexpr uint64_t kMaxOpcodes = 1'000'000;          // of one pickle
inline constexpr size_t kMaxDepth = 32;                     // nested containers
inline constexpr uint64_t kHeadroom = uint64_t{56} << 20;   // see Budget

/// In a .pth archive, beside data.pkl: the metadata, an object of strings in JSON. PyTorch reads
/// only the records that it knows.
inline constexpr const char* kMetadataRecord = "imago.json";

/// Counts the memory that a file makes its reader take: the tensors once laid out, inflated
/// entries, what the pickle builds. It may take the file's own size and kHeadroom; the rest of the
/// promised "file + 64 MiB" is left for what is not counted (allocator, hash tables, stack).
class Budget {
 public:
  explicit Budget(uint64_t file_size) : left_(file_size + kHeadroom) {}

  /// Throws CheckpointError (limit) if `bytes` more do not fit.
  void charge(uint64_t bytes, const std::string& where, uint64_t offset) {
    if (bytes > left_) {
      throw CheckpointError(CheckpointError::Kind::limit, where, offset,
                            "what the file asks to be laid out in memory is far larger than the "
                            "file itself: it is damaged or made to exhaust memory");
    }
    left_ -= bytes;
  }
  void release(uint64_t bytes) { left_ += bytes; }

 private:
  uint64_t left_;
};

}  // namespace imago::checkpoint

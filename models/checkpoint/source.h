// The bytes that a reader parses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace imago::checkpoint {

/// The whole file. Where it is mapped, the reader says which parts it has finished with, so that
/// the file's pages and the tensors copied out of them are not both resident.
class Source {
 public:
  explicit Source(std::span<const std::byte> bytes, bool mapped = false)
      : bytes_(bytes), mapped_(mapped) {}

  std::span<const std::byte> bytes() const { return bytes_; }
  uint64_t size() const { return bytes_.size(); }
  /// A hint without effect on the content: the bytes can still be read, only slower.
  void done_with(uint64_t offset, uint64_t size) const;

 private:
  std::span<const std::byte> bytes_;
  bool mapped_;
};

/// A regular file mapped for reading. Throws CheckpointError (io, or not_a_model if it is empty).
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  Source source() const { return Source(bytes_, true); }

 private:
  std::span<const std::byte> bytes_;
};

/// Unaligned little-endian number at `offset`, which the caller has checked.
template <typename T>
T read_le(std::span<const std::byte> bytes, size_t offset) {
  T value = 0;
  for (size_t i = sizeof(T); i-- > 0;) {
    value = static_cast<T>(value << 8 | static_cast<T>(bytes[offset + i]));
  }
  return value;
}

}  // namespace imago::checkpoint

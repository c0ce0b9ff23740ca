// Files that are whole or absent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

namespace imago {

/// Writes `content` under a temporary name in the folder of `path`, flushes it to the disk, renames
/// it over `path` and flushes the folder. On any failure (disk full, read-only folder…) the
/// temporary file is removed, `path` is as it was, and Error says which path and why. A symbolic
/// link at `path` stays and its target is replaced; an existing file keeps its permissions.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> content);

/// The same for content that comes in pieces: the bytes go to the temporary file as they come, and
/// `commit` puts it in place. Whoever goes without having committed leaves nothing behind.
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Writes at the place where the last write or seek ended. Throws Error.
  void write(std::span<const std::byte> content);
  /// The next write goes there, counted in bytes from the file's beginning.
  void seek(uint64_t place);
  /// Once, at the end.
  void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Removes a file; one that is not there or cannot be removed stays as it is.
void remove_file(const std::filesystem::path& path);

/// For tests: called before everything that the functions above ask of the system ("open", "write",
/// "flush", "close", "rename", "flush folder", "remove") with the path they were given. What it
/// returns is the errno with which that fails, 0: it is done. Empty: no hook.
using FileHook = std::function<int(const char* operation, const std::filesystem::path& path)>;
void set_file_hook(FileHook hook);

}  // namespace imago

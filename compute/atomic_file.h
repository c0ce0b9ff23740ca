// Files that are whole or absent.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace imago {

/// Writes `content` under a temporary name in the folder of `path`, flushes it to the disk, renames
/// it over `path` and flushes the folder. On any failure (disk full, read-only folder…) the
/// temporary file is removed, `path` is as it was, and Error says which path and why. A symbolic
/// link at `path` stays and its target is replaced; an existing file keeps its permissions.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> content);

}  // namespace imago

// The folder where Imago keeps what it can compute again.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace imago {

/// $XDG_CACHE_HOME/imago, or ~/.cache/imago (%LOCALAPPDATA%/imago/cache on Windows); empty if none
/// of these is known. Not created here.
std::filesystem::path cache_folder();

/// Reads a cache file whose frame (magic, key, size, checksum) is intact; empty otherwise.
std::vector<std::byte> read_cache(const std::string& file, const std::string& key);

/// Writes a cache file whole or not at all. Failing is no error: a cache may always be missing.
void write_cache(const std::string& file, const std::string& key,
                 std::span<const std::byte> content) noexcept;

}  // namespace imago

// Small text files of a run. Internal to models/training.
#pragma once

#include <filesystem>
#include <string>

namespace imago {

/// The whole file. Throws Error naming it.
std::string read_text_file(const std::filesystem::path& path);

/// Whole or as it was (atomic_file.h). Throws Error naming it.
void write_text_file(const std::filesystem::path& path, const std::string& text);

}  // namespace imago

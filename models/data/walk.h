// Which files lie in folders. Internal to models/data.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/image/folder_walk.h"

namespace imago {

/// Absolute, without "." and ".." and a slash at its end. Links stand as they are.
std::filesystem::path whole(const std::filesystem::path& path);

/// Names of the folders in `folder`, sorted, hidden ones too; none if it cannot be read.
std::vector<std::string> folders_in(const std::filesystem::path& folder);

/// Files by what their extension says, each list sorted.
struct FoundFiles {
  std::vector<std::filesystem::path> pictures;
  std::vector<std::filesystem::path> others;
};

/// The files in `folder` and below, as paths that begin with it, found as FolderWalk finds them.
/// Throws DataError for a folder that cannot be read.
FoundFiles files_below(const std::filesystem::path& folder);

/// "a, b, c, …": at most `most` of them.
std::string listed(const std::vector<std::string>& names, size_t most);

}  // namespace imago

// Where the pictures of a data set lie. Internal to models/data.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/data/dataset.h"

namespace imago {

/// Files below `root` in the order of their names; of one source (aligned, photos) or two.
struct DataFiles {
  std::filesystem::path root;
  std::vector<std::filesystem::path> a, b;  // relative to `root`; b empty unless unaligned
};

/// Lists the folders that `options` ask for; opens no picture. Throws DataError that says which
/// layout is expected and what is there instead.
DataFiles list_files(const DataOptions& options);

}  // namespace imago

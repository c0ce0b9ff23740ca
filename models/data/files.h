// Where the pictures of a data set lie. Internal to models/data.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/data/dataset.h"

namespace imago {

/// Files below `root` in the order of their names; of one source or two.
struct DataFiles {
  /// Those of `b` that go with one of `a`: `count` ≥ 1 from `first` on; `beside` is the one among
  /// them that is taken where nothing is left to chance.
  struct Partners {
    int64_t first = 0, count = 0, beside = 0;
  };
  std::filesystem::path root;
  std::vector<std::filesystem::path> a, b;  // relative to `root`
  std::vector<Partners> partners;           // one for each of `a`; empty unless cameras
};

/// Lists the folders that `options` ask for; opens no picture. `b` is empty for kinds with one
/// source; for paired, b[i] is the partner of a[i]. Throws DataError that says which layout is
/// expected and what is there instead.
DataFiles list_files(const DataOptions& options);

}  // namespace imago

// Where the pictures of a data set lie. Internal to models/data.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/data/dataset.h"

namespace imago {

/// Files of a data set in the order of their names; of one source or two.
struct DataFiles {
  /// Those of `b` that go with one of `a`: `count` ≥ 1 from `first` on; `beside` is the one among
  /// them that is taken where nothing is left to chance.
  struct Partners {
    int64_t first = 0, count = 0, beside = 0;
  };
  std::vector<std::filesystem::path> a, b;  // relative to dataroot
  std::vector<Partners> partners;           // one for each of `a`; empty unless cameras
};

/// Lists the folders that `options` ask for; opens no picture. `b` is empty for kinds with one
/// source; for paired, b[i] is the partner of a[i]. Throws DataError that says which layout is
/// expected and what is there instead.
DataFiles list_files(const DataOptions& options);

/// Where unaligned and paired data have the A or the B of a phase, relative to dataroot.
std::filesystem::path side_folder(const DataOptions& options, const std::string& phase, bool is_b);

/// A path in one of the folders of the data set, relative to dataroot: "../zebras/1.png" of B where
/// that lies elsewhere. Where no way leads there (another drive of Windows) it is absolute.
std::filesystem::path relative_to_dataroot(const std::filesystem::path& path,
                                           const DataOptions& options);

/// Where a path that is relative to dataroot leads.
std::filesystem::path path_of(const std::filesystem::path& relative, const DataOptions& options);

}  // namespace imago

// What the pictures of a data set are called: their classes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "models/data/dataset.h"

namespace imago {

/// The names of the classes of samples (DataKind::samples), in the order of their numbers:
/// `label_names` where they are given (where these hold all of the names below, they are the same
/// classes in this order, and there may be more of them), else those of the folders or of
/// index.csv, sorted, or of an IDX file the numbers from 0 on. None without `labels`. Reads no
/// picture. Throws DataError as Dataset does, and where `label_names` are not as many as there are
/// classes.
std::vector<std::string> read_label_names(const DataOptions& options);

/// The pictures of samples with their classes, in the order of `Dataset::example`.
struct LabelledFiles {
  std::vector<std::filesystem::path> files;  // relative to dataroot, as Batch::files
  std::vector<int> labels;                   // numbers of `names`
  std::vector<std::string> names;
};
/// Throws as read_label_names, and DataError without `labels`.
LabelledFiles read_labelled_files(const DataOptions& options);

}  // namespace imago

// What the pictures of a data set are called: their classes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/data/dataset.h"

namespace imago {

/// The names of the classes of samples (DataKind::samples), in the order of their numbers:
/// `label_names` where they are given, else those of the folders or of index.csv, sorted, or of an
/// IDX file the numbers from 0 on. None without `labels`. Reads no picture. Throws DataError as
/// Dataset does, and where `label_names` are not as many as there are classes.
std::vector<std::string> read_label_names(const DataOptions& options);

}  // namespace imago

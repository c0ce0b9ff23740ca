// Pictures that a sampler learns from, with their labels. Internal to models/data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/data/files.h"
#include "models/data/idx.h"

namespace imago {

/// Files "NAME#123" are pictures of an IDX file in dataroot, from 0 on.
struct SampleFiles {
  std::filesystem::path packed;  // that file, relative to dataroot; empty: pictures of their own
  std::vector<std::filesystem::path> files;
};

/// Lists those of the phase (files.h).
SampleFiles list_samples(const DataOptions& options);

/// The number of the class of each of these files. Empty without options.labels.
struct Labels {
  std::vector<int> of_files;
  std::vector<std::string> names;
};
Labels read_labels(const std::vector<std::filesystem::path>& files, const DataOptions& options);

/// The number behind '#'.
int64_t packed_index(const std::filesystem::path& file);

}  // namespace imago

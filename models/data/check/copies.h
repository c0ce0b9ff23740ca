// Which pictures are there twice. Internal to models/data.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "models/data/check/image_stats.h"

namespace imago {

/// One or more pictures that belong together, by their numbers: a pair is a copy of another if each
/// of its pictures is one.
using Unit = std::vector<size_t>;

struct Copies {
  std::vector<size_t> units;  // two or more, ascending
  bool same_bytes = true;     // all of their files; else they were saved anew, or at another size
};

/// Groups of units that show the same. `files` and `looks` of the pictures, which can all be read;
/// units of the same number of pictures. Copies are found if they were saved anew as JPEG of a
/// quality of about 60 and above, or made smaller or larger; other frames of a camera that never
/// moves are none (in such a series only copies without loss are found). Opens files only of what
/// looks alike. `progress` as of in_parallel.
std::vector<Copies> find_copies(const std::vector<Unit>& units,
                                const std::vector<std::filesystem::path>& files,
                                const std::vector<ImageStats>& looks, int threads,
                                const std::function<bool(double)>& progress);

}  // namespace imago

// IDX files, in which MNIST and the sets made like it keep many small pictures and their labels.
// Internal to models/data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "models/data/picture.h"

namespace imago {

/// The IDX file of pictures in a folder, plain or gzipped, whose name has "images" and "idx3" in it
/// and says the phase: "train" (or nothing of tests), "test" or "t10k". Empty if there is none.
std::filesystem::path idx_pictures_in(const std::filesystem::path& folder, bool of_tests);
/// The file of labels that goes with it: "labels" for "images" and "idx1" for "idx3".
std::filesystem::path idx_labels_for(const std::filesystem::path& pictures);

/// Grey pictures of one size.
struct IdxPictures {
  int64_t count = 0;
  int height = 0, width = 0;
  std::vector<uint8_t> values;  // one picture after the other; empty if only the header was read

  Picture picture(int64_t index) const;
};

/// Throws DataError naming the file where it is damaged or cut short. `whole` false: only its
/// header.
IdxPictures read_idx_pictures(const std::filesystem::path& path, bool whole = true);
/// One label for each picture, 0…255. Throws DataError as above.
std::vector<uint8_t> read_idx_labels(const std::filesystem::path& path);

}  // namespace imago

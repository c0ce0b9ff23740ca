// All that is known of a data set before it is judged. Internal to models/data.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "models/data/check/check_data.h"
#include "models/data/check/image_stats.h"

namespace imago {

struct SurveyedFile {
  std::filesystem::path path;  // relative to dataroot
  std::string phase;           // "train", "val", "test"…
  bool is_b = false;           // of two folders the second one: trainB, night
  std::string camera;          // cameras only
  ImageStats look;
};

/// What is wrong with the folders themselves.
struct LayoutFault {
  std::string text, remedy;
};

/// One that should hold pictures, relative to dataroot; "." is dataroot.
struct EmptyFolder {
  std::filesystem::path path;
  std::string phase;
};

struct Survey {
  DataOptions data;
  bool kind_is_open = false;  // to be found out
  bool recognised = true;     // what kind it is
  std::vector<SurveyedFile> files;
  std::vector<std::filesystem::path> others;  // files without a picture's extension
  std::vector<EmptyFolder> empty_folders;
  std::vector<LayoutFault> layout_faults;
  // Paired, by numbers of `files`:
  std::vector<std::pair<size_t, size_t>> pairs;      // A and B
  std::vector<std::pair<size_t, size_t>> same_name;  // in one folder

  bool readable(size_t i) const { return files[i].look.error.empty(); }
  /// In the phase that was asked about.
  bool trained(size_t i) const { return files[i].phase == data.phase; }
};

/// Lists the files, and finds out the kind so far as folders tell it: unaligned stands for paired
/// too, photos for aligned too. Throws DataError for a folder that is none.
Survey list_survey(const DataOptions& data, bool know_kind);

/// Whether the pictures for training look like A and B side by side: twice as wide as high, or with
/// a seam down the middle.
bool are_aligned(const Survey& survey);

/// Finds out the rest from the pictures, which were looked at, and pairs up what is paired by name.
void recognise(Survey& survey);

}  // namespace imago

// What a data set is, what is wrong with it, and how to mend it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "models/data/dataset.h"

namespace imago {

struct DataProblem {
  enum class Severity {
    error,    // training cannot work: it is refused
    warning,  // training works, but not as well as it could, or its numbers will deceive
  };
  Severity severity = Severity::warning;
  std::string kind;    // "unreadable", "unmatched", "size_mismatch", "duplicate", "train_in_val",
                       // "swapped", "identical_pair", "too_small", "empty", "layout"
  std::string text;    // what is wrong, with the file's name
  std::string remedy;  // what to do about it
  std::vector<std::filesystem::path> files;  // relative to dataroot, the first few; for thumbnails
  int64_t count = 1;                         // how many files it is about
};

struct DataReport {
  DataOptions data;  // the options that were checked, with the kind that was found out
  std::string what;  // "400 aligned pairs, 256x256; 60 in val"
  int64_t pictures = 0;
  std::vector<DataProblem> problems;  // errors first
  bool usable() const;                // no errors
};

struct CheckDataOptions {
  bool know_kind = false;  // DataOptions::kind is what is wanted; else it is found out
  int threads = 2;
};

/// Looks at a data set's folders and every picture in them. Throws DataError only where there is no
/// such folder; all else is in the report. `progress` gets the share done, from the calling thread;
/// returning false ends it with Cancelled.
DataReport check_data(const DataOptions& data, const CheckDataOptions& options = {},
                      const std::function<bool(double)>& progress = {});

}  // namespace imago

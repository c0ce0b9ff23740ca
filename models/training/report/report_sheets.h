// The sample sheets that a run's index.html shows. Internal to models/training.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "models/training/run/history.h"
#include "models/training/run/run.h"

namespace imago {

/// Keeps what was encoded, so that a report that is written again and again only costs its newest
/// sheet.
class ReportSheets {
 public:
  explicit ReportSheets(const RunFolder& folder) : folder_(folder) {}

  struct Sheet {
    const ValidationRecord* record;  // in `validations`
    const std::string* uri;          // "data:image/jpeg;base64,…", kept here until the next call
    int width, height;
  };
  /// The first, the best, the newest, and others evenly spread: in all at most 24, and 8 MB of
  /// URIs. Sheets that cannot be read are left out.
  std::vector<Sheet> choose(const std::vector<ValidationRecord>& validations);

 private:
  struct Encoded {
    std::string uri;                            // empty: cannot be read
    std::filesystem::file_time_type time = {};  // of the file
    int width = 0, height = 0;
  };
  const Encoded& encoded(const std::filesystem::path& sample);

  RunFolder folder_;
  size_t stride_ = 1;  // grows with the run
  std::map<std::filesystem::path, Encoded> known_;
};

}  // namespace imago

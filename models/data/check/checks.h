// The single checks of check_data. Internal to models/data.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/data/check/survey.h"

namespace imago {

/// Files that share a fault.
struct Faulty {
  std::vector<std::string> described;        // one for each file or pair: "train/a.png (why)"
  std::vector<std::filesystem::path> files;  // to be shown
};

/// Collects what is wrong.
class Problems {
 public:
  /// `what`: "picture is too small", `whats` the plural. Nothing if there is nothing faulty.
  void add(DataProblem::Severity severity, const std::string& kind, const std::string& what,
           const std::string& whats, const Faulty& faulty, const std::string& remedy);
  /// One whose text is complete.
  void add(DataProblem problem) { problems_.push_back(std::move(problem)); }

  bool any_error() const;
  std::vector<DataProblem> sorted() &&;

 private:
  std::vector<DataProblem> problems_;
};

// Each of these looks for what its name says and adds it.
void check_layout(const Survey& survey, Problems& problems);
void check_readable(const Survey& survey, Problems& problems);
void check_names(const Survey& survey, Problems& problems);
void check_sizes(const Survey& survey, const NetworkSides& sides, Problems& problems);
void check_smallness(const Survey& survey, Problems& problems);
void check_count(const Survey& survey, Problems& problems);
void check_exchanged(const Survey& survey, Problems& problems);
void check_identical(const Survey& survey, int threads, const std::function<bool(double)>& progress,
                     Problems& problems);
void check_copies(const Survey& survey, int threads, const std::function<bool(double)>& progress,
                  Problems& problems);

/// Examples of the phase asked about that can be read: files, pairs, or files of the smaller
/// folder.
int64_t count_examples(const Survey& survey);

}  // namespace imago

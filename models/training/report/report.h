// index.html of a run: what happened so far, in one file that needs nothing else to be looked at.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/training/run/run.h"

namespace imago {

class ReportSheets;

struct ReportContent {
  std::string title;   // "facades"
  std::string status;  // one line: "pix2pix on llvmpipe · epoch 12 of 200 · 3 h 20 min left"
  std::vector<std::pair<std::string, std::string>> settings;  // as a person would read them
};

/// Writes a run's report, as often as there is something new.
class ReportWriter {
 public:
  explicit ReportWriter(const RunFolder& folder);
  ~ReportWriter();

  /// Reads the run's metrics and sample sheets and writes its index.html, whole or not at all: loss
  /// curves, validation, alarms, and the first, the best, the newest and some sheets in between (at
  /// most 24 and, as JPEG, 8 MB). Sheets that are missing or broken are left out. Throws Error
  /// naming the file that cannot be read or written.
  void write(const ReportContent& content);

 private:
  RunFolder folder_;
  std::unique_ptr<ReportSheets> sheets_;
};

/// Once.
void write_report(const RunFolder& folder, const ReportContent& content);

}  // namespace imago

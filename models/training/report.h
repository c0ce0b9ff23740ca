// index.html of a run: what happened so far, in one file that needs nothing else to be looked at.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "models/training/run.h"

namespace imago {

struct ReportContent {
  std::string title;   // "facades"
  std::string status;  // one line: "pix2pix on llvmpipe · epoch 12 of 200 · 3 h 20 min left"
  std::vector<std::pair<std::string, std::string>> settings;  // as a person would read them
};

/// Reads the run's metrics and sample sheets and writes its index.html, whole or not at all: loss
/// curves, validation, alarms, and the first, the newest and some sheets in between (at most 40
/// and, as JPEG, 8 MB). Sheets that are missing or broken are left out. Throws Error naming the
/// file that cannot be read or written.
void write_report(const RunFolder& folder, const ReportContent& content);

}  // namespace imago

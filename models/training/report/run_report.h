// What the report of a run (report.h) says besides what the run's files tell.
#pragma once

#include <string>

#include "models/training/report/report.h"
#include "models/training/run/history.h"
#include "models/training/train.h"

namespace imago {

ReportContent report_content(const TrainingRequest& request, const TrainingProgress& progress,
                             const std::string& device);

/// Adds a study to a run's history and its report, of which everything else stays as it is told by
/// the run's files. Throws Error as read_run, and naming the file that cannot be written.
void keep_study(const RunFolder& folder, StudyRecord study);

}  // namespace imago

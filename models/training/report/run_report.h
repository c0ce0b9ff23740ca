// What the report of a run (report.h) says besides what the run's files tell.
#pragma once

#include <string>

#include "models/training/report/report.h"
#include "models/training/train.h"

namespace imago {

ReportContent report_content(const TrainingRequest& request, const TrainingProgress& progress,
                             const std::string& device);

}  // namespace imago

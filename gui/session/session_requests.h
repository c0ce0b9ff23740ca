// Between what the Train page speaks of and what models/training understands. Part of the session.
#pragma once

#include "gui/session/train_types.h"
#include "models/data/check/check_data.h"
#include "models/training/request.h"
#include "models/training/run/history.h"
#include "models/training/run/run.h"

namespace imago::gui {

/// The command line's request with the same meaning.
TrainingRequest to_request(const TrainSettings& settings);

/// Sets some pictures apart for measuring where there are enough, and none are so already: 8 where
/// 50 are in every folder, or 40 in each of two chosen ones. Tables and sounds stay as they are.
void hold_out(DataOptions& data);

/// Whether check_data is to find out what kind of data set it is.
bool kind_is_open(const TrainSettings& settings);
/// Whether data of this kind can serve the task.
bool serves(TrainTask task, DataKind kind);

/// Without thumbnails and examples.
DataReportView to_view(const DataReport& report);
RunCard to_card(const RunInfo& info);
/// `medium`: what the run learns from.
RunHistory to_view(const History& history, const RunFolder& folder,
                   Medium medium = Medium::pictures);

}  // namespace imago::gui

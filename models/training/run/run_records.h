// What a run tells of itself while it goes on: to its files and to whoever called.
//
// Files that cannot be written, for the disk is full, cost what they would have told, never the
// run: a warning is given once, until they can be written again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "models/training/run/history.h"
#include "models/training/run/loss_log.h"
#include "models/training/run/run.h"
#include "models/training/train.h"

namespace imago {

class RunRecords {
 public:
  /// `callbacks` must outlive this.
  RunRecords(const RunFolder& folder, const TrainingCallbacks& callbacks,
             const TrainingRequest& request, int64_t steps_per_epoch);

  /// The run goes on from here: what was told of later steps is taken back.
  void go_on_from(int64_t step);

  void losses(const TrainingProgress& progress, const NamedNumbers& health);
  void validation(const ValidationRecord& record);
  void alarm(const AlarmRecord& record);
  void event(int64_t step, const std::string& event);
  void warn(const std::string& text) const;

  /// Does something that may fail for want of space: an Error is told by `warn`, once until what
  /// has this name works again. False if it failed. OutOfMemory and DeviceError pass.
  bool attempt(const std::string& name, const std::function<void()>& write);

 private:
  HistoryWriter& history();
  LossLog& log();

  RunFolder folder_;
  const TrainingCallbacks& callbacks_;
  LossLog::Counting counting_;
  int64_t step_ = 0;  // where the run goes on
  std::optional<HistoryWriter> history_;
  std::optional<LossLog> log_;
  std::set<std::string> failing_;
};

}  // namespace imago

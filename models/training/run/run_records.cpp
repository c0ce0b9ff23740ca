#include "models/training/run/run_records.h"

#include "compute/base/error.h"

namespace imago {

const std::string kRecords = "records";

RunRecords::RunRecords(const RunFolder& folder, const TrainingCallbacks& callbacks,
                       const TrainingRequest& request, int64_t steps_per_epoch)
    : folder_(folder),
      callbacks_(callbacks),
      counting_{steps_per_epoch, request.schedule.first_epoch, request.data.batch_size} {}

void RunRecords::go_on_from(int64_t step) {
  step_ = step;
  history_.reset();
  log_.reset();
  // A file that was damaged must not keep a run from going on.
  try {
    read_history(folder_.metrics());
  } catch (const Error& error) {
    std::filesystem::path aside = folder_.metrics();
    aside += ".damaged";
    std::error_code ignored;
    std::filesystem::rename(folder_.metrics(), aside, ignored);
    warn(std::string(error.what()) + "; it is kept as " + aside.filename().string());
  }
  attempt(kRecords, [this] {
    history();
    log();
  });
}

// Both are opened when they are needed: there may have been no room before.

HistoryWriter& RunRecords::history() {
  if (!history_) history_.emplace(folder_.metrics(), step_);
  return *history_;
}

LossLog& RunRecords::log() {
  if (!log_) log_.emplace(folder_.loss_log(), step_, counting_);
  return *log_;
}

void RunRecords::losses(const TrainingProgress& p, const NamedNumbers& health) {
  attempt(kRecords, [&] {
    history().add(LossRecord{p.step, p.epoch, double{p.learning_rate}, p.milliseconds,
                             p.data_milliseconds, p.device_milliseconds, named(p.losses), health});
    log().write(p);
  });
  if (callbacks_.report) callbacks_.report(p);
}

void RunRecords::validation(const ValidationRecord& record) {
  attempt(kRecords, [&] { history().add(record); });
  if (callbacks_.validated) callbacks_.validated(record);
}

void RunRecords::alarm(const AlarmRecord& record) {
  attempt(kRecords, [&] { history().add(record); });
  if (callbacks_.alarm) callbacks_.alarm(record);
}

void RunRecords::event(int64_t step, const std::string& event) {
  attempt(kRecords, [&] { history().add(EventRecord{step, event}); });
}

void RunRecords::warn(const std::string& text) const {
  if (callbacks_.warn) callbacks_.warn(text);
}

bool RunRecords::attempt(const std::string& name, const std::function<void()>& write) {
  try {
    write();
    failing_.erase(name);
    return true;
  } catch (const OutOfMemory&) {
    throw;
  } catch (const DeviceError&) {
    throw;
  } catch (const Error& error) {
    if (failing_.insert(name).second)
      warn(std::string(error.what()) + "; training goes on and will try again");
    return false;
  }
}

}  // namespace imago

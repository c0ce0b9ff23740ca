#include "models/training/run/state_keeper.h"

#include <algorithm>

namespace imago {

StateKeeper::StateKeeper(const RunFolder& folder, const Trainer& trainer, RunRecords& records,
                         const TrainingCallbacks& callbacks, int save_steps)
    : folder_(folder),
      trainer_(trainer),
      records_(records),
      callbacks_(callbacks),
      save_steps_(save_steps) {}

void StateKeeper::go_on_from(int64_t step) { next_ = (step / save_steps_ + 1) * save_steps_; }

void StateKeeper::save(TrainingState& state) {
  state.counts = trainer_.counts();
  const int64_t step = state.counts.steps;
  write_state(state, trainer_.tensors(), folder_.path);
  go_on_from(step);
  records_.event(step, "checkpoint");
  if (callbacks_.saved) callbacks_.saved(step);
}

void StateKeeper::try_to_save(TrainingState& state) {
  if (records_.attempt("state", [&] { save(state); })) return;
  next_ = trainer_.steps_done() + std::max(1, save_steps_ / 10);
}

std::optional<StoredState> StateKeeper::newest() const {
  std::vector<std::string> damaged;
  std::optional<StoredState> stored = read_newest_state(folder_.path, damaged);
  for (const std::string& what : damaged) records_.warn(what + "; an older state is used");
  return stored;
}

}  // namespace imago

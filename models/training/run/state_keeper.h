// When the state of a run is saved, and what happens where that fails.
#pragma once

#include <cstdint>
#include <optional>

#include "models/training/run/run_records.h"
#include "models/training/run/state.h"

namespace imago {

class StateKeeper {
 public:
  /// Saves every `save_steps` steps; all references must outlive this.
  StateKeeper(const RunFolder& folder, const Trainer& trainer, RunRecords& records,
              const TrainingCallbacks& callbacks, int save_steps);

  /// The run goes on from here.
  void go_on_from(int64_t step);

  /// Every so many steps, and when asked for.
  bool is_due(int64_t step) const { return step >= next_; }
  void ask() { next_ = 0; }

  /// Saves the state with the trainer's counts and tensors. Throws as write_state.
  void save(TrainingState& state);

  /// A disk that is full now may have room later, and what was saved before stays whole: a failure
  /// is told and the next try comes after a tenth of `save_steps`.
  void try_to_save(TrainingState& state);

  /// The newest whole state, damaged ones reported. Throws as read_newest_state.
  std::optional<StoredState> newest() const;

 private:
  const RunFolder folder_;
  const Trainer& trainer_;
  RunRecords& records_;
  const TrainingCallbacks& callbacks_;
  int save_steps_;
  int64_t next_ = 0;
};

}  // namespace imago

// The state of a run: everything that decides how training goes on, as a pair of files.
//
//   state-<step>.safetensors  Trainer::tensors: weights, averages, moments, statistics, pools
//   state-<step>.json         all else, with size and checksum of the first and a checksum of
//   itself
//
// The JSON is written last: a pair is whole if its checksums are right. Both files are written
// whole or not at all (atomic_file.h). Of the pairs the two newest are kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/training/schedule.h"
#include "models/training/trainer.h"

namespace imago {

struct TrainingState {
  Trainer::Counts counts;          // counts.steps is where the run is
  int64_t steps_per_epoch = 0;     // what makes epochs of steps
  Schedule::Plateau plateau;       // schedule.h
  double epoch_loss = 0;           // of the epoch under way: the sum of all losses of its steps
  int64_t epoch_steps = 0;         // how many steps that is
  float learning_rate_factor = 1;  // halved by a roll-back
  int rollbacks = 0;               // how often numbers that are not finite were undone
  std::string health;              // HealthMonitor::state
  std::optional<double> best;      // the best value of the validation's metric so far
  uint32_t data_fingerprint = 0;   // Dataset::fingerprint
  std::string device;              // whose bits these are
  TuningTable tuning;              // Trainer::tuning
};

/// Writes a pair, then removes all but the two newest. `tensors` are those of the same step.
/// Throws Error naming the file and the reason: the older pairs are then as they were. Throws Error
/// without writing anything where a tensor has numbers that are not finite, naming it.
void write_state(const TrainingState& state, const StateDict& tensors,
                 const std::filesystem::path& folder);

/// A pair as it was read.
struct StoredState {
  TrainingState state;
  StateDict tensors;
};

/// The newest whole pair; nothing if there is no pair at all. Appends to `damaged` a sentence for
/// each newer one that is not whole. Throws Error naming the files if there are pairs and none is
/// whole, and for one that a newer version of Imago wrote.
std::optional<StoredState> read_newest_state(const std::filesystem::path& folder,
                                             std::vector<std::string>& damaged);

/// The same without the tensors, whose size alone is looked at; never throws. For lists of runs.
std::optional<TrainingState> peek_newest_state(const std::filesystem::path& folder);

/// Whether there is any pair, whole or not.
bool has_state(const std::filesystem::path& folder);

/// Takes away what a killed process left: temporary files, tensors without their JSON.
void remove_leftovers(const std::filesystem::path& folder);

}  // namespace imago

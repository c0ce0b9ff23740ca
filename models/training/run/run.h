// A run: the folder checkpoints_dir/name and what is in it.
//
//   options.json                the request, written before the first step (request_json.h)
//   latest_net_G.pth, …         the networks as pytorch-CycleGAN-and-pix2pix names them; numbered
//                               <epoch>_net_G.pth, and best_net_G.pth by the validation's metric
//   state-<step>.safetensors    everything that decides how training goes on (state.h): weights,
//   state-<step>.json           averages, moments, pools…; the JSON is written last and marks the
//                               pair as whole. The two newest pairs are kept.
//   metrics.jsonl               history.h
//   loss_log.txt                losses in the format of pytorch-CycleGAN-and-pix2pix
//   samples/step_<step>.png     sheets: input, output, target of fixed validation pictures
//   index.html                  losses and samples in one file, for a browser
//   lock                        held (flock) by the process that trains
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/training/request.h"

namespace imago {

struct RunFolder {
  std::filesystem::path path;

  std::filesystem::path options() const { return path / "options.json"; }
  std::filesystem::path metrics() const { return path / "metrics.jsonl"; }
  std::filesystem::path loss_log() const { return path / "loss_log.txt"; }
  std::filesystem::path report() const { return path / "index.html"; }
  std::filesystem::path samples() const { return path / "samples"; }
  std::filesystem::path lock() const { return path / "lock"; }
  /// "latest", "best" or an epoch's number; network "G", "D", "G_A"…
  std::filesystem::path network(const std::string& label, const std::string& name) const {
    return path / (label + "_net_" + name + ".pth");
  }
};

/// What can be told of a run without a device.
struct RunInfo {
  RunFolder folder;
  TrainingRequest request;
  int64_t step = 0, steps = 0;                // saved, and in all; steps 0: not known
  bool running = false;                       // another process, or this one, trains it now
  bool resumable = false;                     // a whole state is there
  bool finished = false;                      // nothing is left to do
  std::vector<std::filesystem::path> models;  // generators, best first
  std::filesystem::path newest;  // the one that was written last, if there is one its average
};

/// How many steps a run takes with a data set of so many steps an epoch.
int64_t total_steps(const TrainingRequest& request, int64_t steps_per_epoch);

/// Held by whoever trains a run; gone with the process, however it ends.
class RunLock {
 public:
  /// Throws Error if another process, or this one, holds it, or the folder cannot be written to.
  explicit RunLock(const RunFolder& folder);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

 private:
  int file_ = -1;
};

/// What of a run may be another when it goes on.
struct RunChanges {
  std::optional<int> epochs = {}, epochs_decay = {};
  std::optional<int64_t> max_steps = {};
  std::optional<std::filesystem::path> dataroot = {};    // the pictures were moved
  std::optional<std::filesystem::path> dataroot_b = {};  // those of B, of a run with two folders
};

/// Changes a run's options; the next `resume` reads them. Throws Error as read_run, if the run is
/// being trained, and for `dataroot_b` where it has one folder.
void change_run(const RunFolder& folder, const RunChanges& changes);

/// Reads what is in a run's folder. Throws Error that says why it is none.
RunInfo read_run(const std::filesystem::path& folder);

/// The runs in a folder of runs, newest first; what is none is left out. Absent folder: none.
std::vector<RunInfo> list_runs(const std::filesystem::path& checkpoints_dir);

}  // namespace imago

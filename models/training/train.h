// Training from a folder of pictures to checkpoints.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/training/methods/outputs.h"
#include "models/training/request.h"
#include "models/training/run/history.h"
#include "models/training/run/run.h"

namespace imago {

class Device;   // compute/vk/device.h
class Trainer;  // models/training/trainer.h

struct TrainingProgress {
  int64_t step = 0, steps = 0;  // done, and in all
  int epoch = 0, epochs = 0;    // 1 is the first
  std::string stage;
  float learning_rate = 0;
  Losses losses;                 // of the last step
  double milliseconds = 0;       // of a step, on average since the report before
  double data_milliseconds = 0;  // of these, waiting for pictures
  /// Of these, those in which the device worked, by its own clock where it has one.
  std::optional<double> device_milliseconds;
  double seconds_left = 0;
};

struct TrainingCallbacks {
  /// Where losses are to be printed, and at the end.
  std::function<void(const TrainingProgress&)> report = {};
  /// A validation is done and its sample sheet written.
  std::function<void(const ValidationRecord&)> validated = {};
  /// Something is going wrong.
  std::function<void(const AlarmRecord&)> alarm = {};
  /// The run can be resumed from this step.
  std::function<void(int64_t step)> saved = {};
  /// A sentence that a person should read; training goes on.
  std::function<void(const std::string&)> warn = {};
  /// Asked before every step; true ends training after saving.
  std::function<bool()> should_stop = {};
};

struct TrainingResult {
  std::filesystem::path folder;                    // checkpoints_dir / name
  std::vector<std::filesystem::path> checkpoints;  // the latest of each network
  int64_t steps = 0;
  bool finished = false;  // false: should_stop ended it
};

/// Trains as `request` says, writing the run's folder (run.h). Callbacks are called from the
/// calling thread. Throws Error if there is such a run already (`resume` goes on with it),
/// DataError, OutOfMemory, DeviceError; checkpoints that were complete stay so.
TrainingResult train(Device& device, const TrainingRequest& request,
                     const TrainingCallbacks& callbacks = {});
/// On the device called `device`.
TrainingResult train(const std::string& device, const TrainingRequest& request,
                     const TrainingCallbacks& callbacks = {});

/// Goes on with a run from its newest whole state: on the same device the rest is bit for bit what
/// an uninterrupted run would have made. Throws as `train`, and Error where nothing can be resumed.
TrainingResult resume(Device& device, const RunFolder& folder,
                      const TrainingCallbacks& callbacks = {});
TrainingResult resume(const std::string& device, const RunFolder& folder,
                      const TrainingCallbacks& callbacks = {});

/// Writes every network of the method as <folder>/<label>_net_<network>.pth, with the moving
/// averages where there are any also <label>_net_<network>_average.pth. Returns the files.
std::vector<std::filesystem::path> save_networks(const Trainer& trainer,
                                                 const std::filesystem::path& folder,
                                                 const std::string& label);

}  // namespace imago

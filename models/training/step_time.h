// How long a step of a training takes on a device, before it is begun.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace imago {

struct TrainingRequest;

struct StepTime {
  double milliseconds = 0;  // of a step, with waiting for its pictures
  int64_t steps_per_epoch = 0;
};

/// Builds on the device called `device` what `train` would and takes a few steps that are
/// forgotten: two to begin with, then at least two for a third of a second. A method of several
/// stages is measured in its last one. Writes nothing. Throws as `train`, and Cancelled where
/// `go_on`, which is asked before every step, is false.
StepTime measure_step(const std::string& device, const TrainingRequest& request,
                      const std::function<bool()>& go_on = {});

}  // namespace imago

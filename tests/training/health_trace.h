// Runs of training watched by a HealthMonitor: short ones now, and the numbers of longer ones that
// were recorded (tests/fixtures/health).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/training/health.h"
#include "models/training/request.h"
#include "models/training/trainer.h"

namespace imago::test {

/// Something that is done to a run, so that it goes wrong.
struct Harm {
  float discriminator_rate = 1, generator_rate = 1;  // times the learning rate
  std::string zeroed = {};                           // this parameter, before the first step
};

/// What a run told: means over `every` steps each, of one stage after another.
struct HealthTrace {
  struct Means {
    NamedNumbers losses, health;
  };
  struct Validation {
    int64_t step = 0;
    double diversity = 0;
  };
  GanMode gan_mode = GanMode::vanilla;
  int every = 20;
  std::vector<Means> means = {};
  std::vector<Validation> validations = {};
};

struct TracedRun {
  TrainingRequest request;
  int64_t steps = 0;
  int64_t pixel_steps = 0;       // srgan: with the pixel loss alone
  int64_t validation_steps = 0;  // a validation every so many
  Harm harm = {};
};

/// One that measured this alone.
ValidationRecord validation_of(int64_t step, double diversity);

/// Trains on the device, until a number is not finite.
HealthTrace record(Device& device, const TracedRun& run, int every = 20);

/// The alarms of a monitor with this window in steps, in order.
std::vector<AlarmRecord> alarms_of(const HealthTrace& trace, int window);

HealthTrace read_trace(const std::filesystem::path& path);
void write_trace(const HealthTrace& trace, const std::filesystem::path& path);

}  // namespace imago::test

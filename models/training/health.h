// Notices when training goes wrong, and says so in plain words.
//
// Every step the networks tell numbers beside their losses (Phase::health): gradient_<network> and
// weights_<network>, norms over all parameters of a network, in which a single NaN or Inf shows (of
// weights also running statistics and moving averages; of gradients before clipping);
// accuracy_<network>, the share of real and fake pictures that a discriminator tells rightly (0.5
// chance, 1 always; none of a wgangp critic). Validation adds diversity, how different the
// generator's results for different inputs are, as a share of how different the targets are.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "models/training/methods/losses.h"
#include "models/training/methods/outputs.h"
#include "models/training/run/history.h"

namespace imago {

struct TrainingRequest;

struct HealthOptions {
  bool enabled = true;
  int window = 200;  // steps over which averages are taken
  GanMode gan_mode = GanMode::vanilla;
  /// The generators begin from nothing, so that their losses have to fall.
  bool from_nothing = true;
  bool samples = false;  // the generators are given random numbers: there are no other losses
};

/// Those of a run.
HealthOptions health_options(const TrainingRequest& request);

/// Watches one run. Holds only what `state` returns, so that a resumed run raises what an
/// uninterrupted one would have.
///
/// Averages over windows, one after another, decide (health.cpp has the numbers):
///   discriminator_wins  a discriminator is always right and has nothing left to learn, or its
///                       generator is no longer told anything
///   no_convergence      a loss that is not adversarial (L1, cycle, identity, pixel) never fell
///                       below where it began, or grows to twice its best, or swings up and down;
///                       a discriminator does far worse than guessing; weights grow without end
///   collapse            diversity is next to nothing: every input gives the same picture
class HealthMonitor {
 public:
  explicit HealthMonitor(const HealthOptions& options = {});

  /// True if a number of this step is not finite: nothing of it may be kept. `culprit` gets its
  /// name ("loss G_L1", "gradient of D", "weights of G").
  static bool broken(const NamedNumbers& losses, const NamedNumbers& health, std::string* culprit);

  /// After every step; what is to be told now. Each alarm is raised once until it has passed. A
  /// step with a number that is not finite counts for nothing.
  std::vector<AlarmRecord> watch(int64_t step, const NamedNumbers& losses,
                                 const NamedNumbers& health);
  /// After every validation.
  std::vector<AlarmRecord> watch(const ValidationRecord& validation);

  /// What it remembers, as JSON text, and back. Throws Error for a text that is not from `state`.
  std::string state() const;
  void restore(const std::string& state);

  using Means = std::map<std::string, double>;

 private:
  void begin_stage(const NamedNumbers& losses);
  std::vector<AlarmRecord> end_window(int64_t step);
  void judge_discriminators(int64_t step, std::vector<AlarmRecord>& alarms);
  void judge_generators(int64_t step, std::vector<AlarmRecord>& alarms);
  void judge_weights(int64_t step, std::vector<AlarmRecord>& alarms);
  std::string trouble_of(const std::string& loss) const;
  void tell(bool wrong, bool passed, const std::string& subject, const AlarmRecord& alarm,
            std::vector<AlarmRecord>& alarms);

  struct State {
    std::vector<std::string> losses;  // of this stage, SRGAN's pixel loss alone or all
    int stages = 0;
    int64_t steps = 0;           // of this stage
    Means sums;                  // of the window so far
    Means start;                 // the first step of this stage
    Means begin;                 // means over the first tenth of a window of this stage
    Means first;                 // of the first window
    Means best;                  // the least of all windows
    std::vector<Means> windows;  // the latest, oldest first
    std::set<std::string> raised;
  };

  HealthOptions options_;
  State state_;
};

/// The alarm for numbers that are not finite: likely causes and what to try.
AlarmRecord broken_alarm(int64_t step, const std::string& culprit);

}  // namespace imago

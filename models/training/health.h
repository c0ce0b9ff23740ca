// Notices when training goes wrong, and says so in plain words.
//
// Every step the networks tell numbers beside their losses ("health.<name>" outputs of the graphs,
// Method): gradient_<network> and weights_<network>, norms over all parameters of a network, in
// which a single NaN or Inf shows; accuracy_<network>, the share of real and fake pictures that a
// discriminator tells rightly (0.5 chance, 1 always). Validation adds diversity, how different the
// generator's results for different inputs are, as a share of how different the targets are.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/training/history.h"

namespace imago {

struct HealthOptions {
  bool enabled = true;
  int window = 200;  // steps over which averages are taken
};

/// Watches one run. Holds only what `state` returns, so that a resumed run raises what an
/// uninterrupted one would have.
class HealthMonitor {
 public:
  explicit HealthMonitor(const HealthOptions& options = {});

  /// True if a number of this step is not finite: nothing of it may be kept. `culprit` gets its
  /// name ("loss G_L1", "gradient of D", "weights of G").
  static bool broken(const NamedNumbers& losses, const NamedNumbers& health, std::string* culprit);

  /// After every step; what is to be told now. Each alarm is raised once until it has passed.
  std::vector<AlarmRecord> watch(int64_t step, const NamedNumbers& losses,
                                 const NamedNumbers& health);
  /// After every validation.
  std::vector<AlarmRecord> watch(const ValidationRecord& validation);

  /// What it remembers, as JSON text, and back. Throws Error for a text that is not from `state`.
  std::string state() const;
  void restore(const std::string& state);

 private:
  HealthOptions options_;
};

/// The alarm for numbers that are not finite: likely causes and what to try, given the settings.
AlarmRecord broken_alarm(int64_t step, const std::string& culprit);

}  // namespace imago

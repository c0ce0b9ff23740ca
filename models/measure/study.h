// The perceptual study of Isola et al. 2017 (section 4.2, "real vs fake"): a person is shown a real
// and a generated picture, each for one second, and says which of them is the fake. The first
// trials are practice, after which they are told whether they were right; of the others the share
// that fooled them counts. A half would be guessing.
#pragma once

#include <cstdint>
#include <vector>

#include "models/measure/feature_metrics.h"

namespace imago {

struct StudyPlan {
  int practice = 10, trials = 40;
  int milliseconds = 1000;  // that each picture is shown for
};

class Study {
 public:
  /// Of so many generated and real pictures, one of each or more. Which are shown with which and in
  /// what order is by chance of `seed`; none is shown again before all were. Throws Error without
  /// pictures.
  Study(int fakes, int reals, uint64_t seed, const StudyPlan& plan = {});

  struct Trial {
    int fake = 0, real = 0;  // numbers of the pictures
    bool fake_first = false;
    bool practice = false;
  };
  const std::vector<Trial>& trials() const { return trials_; }
  /// The one to be shown next; nothing is left where it is the number of trials.
  int next() const { return static_cast<int>(answers_.size()); }
  bool finished() const { return answers_.size() == trials_.size(); }

  /// The person says that the first (or the second) of the pair is the fake; returns whether it is.
  /// Throws Error where nothing is left.
  bool answer(bool first_is_fake);

  /// Of the trials so far but practice: how many, how many of them fooled, and their share with
  /// Wilson's interval of 95 %. Throws ShapeError where there was none.
  int counted() const;
  int fooled() const;
  Estimate share() const;

 private:
  std::vector<Trial> trials_;
  std::vector<bool> answers_;  // right or not
};

}  // namespace imago

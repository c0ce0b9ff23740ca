// How good a classifier is now, on pictures that stay the same for the whole run.
#pragma once

#include <string>
#include <vector>

#include "models/image/image.h"
#include "models/training/request.h"
#include "models/training/run/history.h"
#include "models/training/run/run.h"
#include "models/training/trainer.h"
#include "models/translate/planes.h"

namespace imago {

/// The metric is `accuracy`, the share of the pictures that is recognised.
class ClassifierValidator {
 public:
  /// Reads the pictures as Validator does, evenly spread over the files: those of phase val, phase
  /// test, and the training pictures themselves that there is. Throws DataError where there is
  /// none.
  explicit ClassifierValidator(const TrainingRequest& request);

  const std::string& source() const { return source_; }
  int64_t pictures() const { return static_cast<int64_t>(pictures_.size()); }

  /// Measures, and writes samples/step_….png: the first pictures that were taken for each class, a
  /// class a column. Throws what FeatureNetwork::look does, and as Validator::run.
  ValidationRecord run(Trainer& trainer, int64_t step, int epoch, const RunFolder& folder);

 private:
  NamedNumbers measure(Trainer& trainer);
  std::vector<std::vector<Image>> sheet() const;
  bool choose(const DataOptions& data, int64_t most);

  int side_;
  std::vector<std::string> labels_;
  std::vector<Planes> pictures_;
  std::vector<int> truths_, answers_;
  std::string source_;
};

}  // namespace imago

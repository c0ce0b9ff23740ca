// Pictures compared with real ones by what a network sees in them (feature_metrics.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/data/dataset.h"
#include "models/measure/feature_metrics.h"
#include "models/measure/feature_network.h"

namespace imago {

/// The features of pictures that come one after another.
class FeatureCollector {
 public:
  explicit FeatureCollector(FeatureNetwork& network) : network_(network) {}

  /// A picture in [-1, 1]; `label`: its class among the network's, -1 where that is not known.
  void add(Planes picture, int label = -1);
  const Features& features();
  /// Of the pictures whose class is known the share that is taken for it, with Wilson's interval;
  /// nothing where none is known, or the network is no classifier.
  std::optional<Estimate> recognised();

 private:
  void look();

  FeatureNetwork& network_;
  std::vector<Planes> waiting_;
  std::vector<int> labels_;  // of those waiting
  Features features_;
  int64_t known_ = 0, right_ = 0;
};

/// How a set of pictures compares with the real ones.
struct FeatureScore {
  int64_t pictures = 0;
  Estimate frechet, kernel, precision, recall, nearest;
  std::optional<Estimate> recognised;
};

struct FeatureComparison {
  std::string network;  // whose features they are: FeatureNetwork::name
  int64_t truths = 0;
  std::optional<Estimate> truths_recognised;
  FeatureScore results;
  std::optional<FeatureScore> inputs;  // what a generator was given
};

/// Throws ShapeError with fewer than four pictures in a set.
FeatureScore score_of(FeatureCollector& results, FeatureCollector& truths);

/// Two folders of pictures, laid out as samples are (DataKind::samples), with labels or without.
/// Throws DataError, what FeatureNetwork::look throws, and ShapeError as above.
FeatureComparison compare_folders(FeatureNetwork& network, const DataOptions& results,
                                  const DataOptions& truths, std::vector<std::string>& failures);

}  // namespace imago

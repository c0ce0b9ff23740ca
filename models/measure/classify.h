// How often a classifier is right.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "models/data/dataset.h"
#include "models/measure/feature_network.h"

namespace imago {

/// How often pictures of a class (row) were taken for one (column).
struct Confusion {
  std::vector<std::string> labels;
  std::vector<std::vector<int64_t>> counts;

  explicit Confusion(std::vector<std::string> the_labels);
  void add(int truth, int answer);
  int64_t pictures() const;
  int64_t right() const;
};

/// Asks the classifier about every picture of a labelled data set (DataKind::samples), whose labels
/// must be among the classifier's. Of pictures that cannot be read `failures` gets a sentence each.
/// Throws Error where the network is no classifier, DataError where there is no such data set or no
/// picture at all can be read, and what `look` throws.
Confusion confusion_of(FeatureNetwork& classifier, DataOptions data,
                       std::vector<std::string>& failures);

/// The classes of a data set's files among those of a classifier, where folders or an index.csv
/// tell them (labels.h); of a data set without labels, and of a network that is no classifier, none
/// is known. The data set may be of any kind that has its pictures in one folder.
class KnownLabels {
 public:
  KnownLabels(const FeatureNetwork& classifier, DataOptions data);
  /// -1: not known. `file`: as in Batch::files.
  int of(const std::filesystem::path& file) const;

 private:
  std::map<std::filesystem::path, int> labels_;
};

}  // namespace imago

// A small classifier for rows of a table: multinomial logistic regression.
#pragma once

#include <vector>

#include "models/data/tables/coding.h"

namespace imago {

/// Learns to tell the category `target` of rows by all other columns: numbers by mean and deviation
/// of the training rows (missing ones as their mean, and that they are), categories one-hot; 300
/// steps of Adam on the whole, with a little weight decay. The same rows give the same classifier.
class TableClassifier {
 public:
  TableClassifier(const TableCoding& coding, const TableValues& rows, size_t target);

  /// The share of rows whose target it tells.
  double accuracy(const TableValues& rows) const;

 private:
  std::vector<float> features_of(const TableValues& rows) const;
  void learn(const std::vector<float>& features, const TableValues& rows);
  std::vector<double> scores(const float* features) const;

  const TableCoding& coding_;
  const size_t target_;
  size_t classes_ = 0, width_ = 0;          // width: features, with one that is always 1
  std::vector<double> means_, deviations_;  // by column
  std::vector<double> weights_;             // by class and feature
};

}  // namespace imago

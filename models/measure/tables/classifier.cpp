#include "models/measure/tables/classifier.h"

#include <algorithm>
#include <cmath>

namespace imago {
namespace {

constexpr int kSteps = 300;
constexpr double kRate = 0.05, kDecay = 1e-3, kBeta1 = 0.9, kBeta2 = 0.999;

}  // namespace

TableClassifier::TableClassifier(const TableCoding& coding, const TableValues& rows, size_t target)
    : coding_(coding), target_(target), classes_(coding.columns[target].values.size()) {
  means_.resize(coding.columns.size());
  deviations_.resize(coding.columns.size(), 1);
  width_ = 1;
  for (size_t i = 0; i < coding.columns.size(); ++i) {
    const TableColumn& column = coding.columns[i];
    if (i == target || column.kind == ColumnKind::left_out) continue;
    width_ += column.is_category() ? column.values.size() : 2;
    if (!column.is_scalar()) continue;
    double sum = 0, squares = 0, count = 0;
    for (const double value : rows.columns[i]) {
      if (std::isnan(value)) continue;
      sum += value;
      squares += value * value;
      ++count;
    }
    if (count == 0) continue;
    means_[i] = sum / count;
    const double variance = squares / count - means_[i] * means_[i];
    if (variance > 0) deviations_[i] = std::sqrt(variance);
  }
  learn(features_of(rows), rows);
}

std::vector<float> TableClassifier::features_of(const TableValues& rows) const {
  std::vector<float> features(rows.rows * width_, 0.0f);
  size_t at = 0;
  for (size_t i = 0; i < coding_.columns.size(); ++i) {
    const TableColumn& column = coding_.columns[i];
    if (i == target_ || column.kind == ColumnKind::left_out) continue;
    for (size_t row = 0; row < rows.rows; ++row) {
      float* to = features.data() + row * width_ + at;
      const double value = rows.columns[i][row];
      if (column.is_category())
        to[static_cast<size_t>(value)] = 1;
      else if (std::isnan(value))
        to[1] = 1;
      else
        to[0] = static_cast<float>((value - means_[i]) / deviations_[i]);
    }
    at += column.is_category() ? column.values.size() : 2;
  }
  for (size_t row = 0; row < rows.rows; ++row) features[row * width_ + at] = 1;
  return features;
}

/// The probabilities of the classes.
std::vector<double> TableClassifier::scores(const float* features) const {
  std::vector<double> scores(classes_);
  for (size_t k = 0; k < classes_; ++k)
    for (size_t f = 0; f < width_; ++f)
      if (features[f] != 0) scores[k] += weights_[k * width_ + f] * double{features[f]};
  const double most = *std::ranges::max_element(scores);
  double sum = 0;
  for (double& score : scores) sum += score = std::exp(score - most);
  for (double& score : scores) score /= sum;
  return scores;
}

void TableClassifier::learn(const std::vector<float>& features, const TableValues& rows) {
  weights_.assign(classes_ * width_, 0);
  std::vector<double> first(weights_.size()), second(weights_.size()), slope(weights_.size());
  const auto count = static_cast<double>(rows.rows);
  for (int step = 1; step <= kSteps; ++step) {
    for (size_t i = 0; i < slope.size(); ++i) slope[i] = kDecay * weights_[i];
    for (size_t row = 0; row < rows.rows; ++row) {
      const float* x = features.data() + row * width_;
      std::vector<double> wrong = scores(x);
      wrong[static_cast<size_t>(rows.columns[target_][row])] -= 1;
      for (size_t k = 0; k < classes_; ++k)
        for (size_t f = 0; f < width_; ++f)
          if (x[f] != 0) slope[k * width_ + f] += wrong[k] * double{x[f]} / count;
    }
    const double first_part = 1 - std::pow(kBeta1, step), second_part = 1 - std::pow(kBeta2, step);
    for (size_t i = 0; i < weights_.size(); ++i) {
      first[i] += (1 - kBeta1) * (slope[i] - first[i]);
      second[i] += (1 - kBeta2) * (slope[i] * slope[i] - second[i]);
      weights_[i] -= kRate * first[i] / first_part / (std::sqrt(second[i] / second_part) + 1e-8);
    }
  }
}

double TableClassifier::accuracy(const TableValues& rows) const {
  const std::vector<float> features = features_of(rows);
  size_t right = 0;
  for (size_t row = 0; row < rows.rows; ++row) {
    const std::vector<double> likely = scores(features.data() + row * width_);
    const auto told = std::ranges::max_element(likely) - likely.begin();
    right += static_cast<double>(told) == rows.columns[target_][row];
  }
  return static_cast<double>(right) / static_cast<double>(rows.rows);
}

}  // namespace imago

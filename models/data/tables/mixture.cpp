#include "models/data/tables/mixture.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace imago {
namespace {

constexpr size_t kMostValues = 10000;
constexpr int kMostRounds = 200;
constexpr double kConcentration = 0.001;  // of the stick-breaking prior
constexpr double kLeastVariance = 1e-6;   // of values of variance 1
constexpr double kLeastWeight = 0.005;
constexpr double kSettled = 1e-4;  // change of the responsibilities

/// The derivative of log gamma: by recurrence to where its series holds (Abramowitz & Stegun 6.3).
double digamma(double x) {
  double sum = 0;
  for (; x < 6; ++x) sum -= 1 / x;
  const double f = 1 / (x * x);
  return sum + std::log(x) - 0.5 / x - f * (1.0 / 12 - f * (1.0 / 120 - f / 252));
}

/// What is believed of one part: a Gaussian of normal-Wishart mean and precision, and the beta
/// distribution of its share of the stick that the parts before it left.
struct Part {
  double taken = 1, left = 1;        // of the beta distribution
  double mean = 0, mean_weight = 1;  // beta_k of Bishop 2006, section 10.2
  double freedom = 1, variance = 1;  // nu_k; 1 / (nu_k W_k)
};

class Inference {
 public:
  Inference(const std::vector<double>& values, int most)
      : values_(values), parts_(static_cast<size_t>(most)), shares_(values.size() * parts_.size()) {
    begin();
  }

  std::vector<Part> run() {
    update_parts();
    for (int round = 0; round < kMostRounds; ++round) {
      const double change = update_shares();
      update_parts();
      if (change < kSettled) break;
    }
    return parts_;
  }

 private:
  /// Each value belongs to the part of its rank, so that parts begin side by side.
  void begin() {
    std::vector<size_t> order(values_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::ranges::stable_sort(order, {}, [&](size_t i) { return values_[i]; });
    for (size_t rank = 0; rank < order.size(); ++rank)
      shares_[order[rank] * parts_.size() + rank * parts_.size() / order.size()] = 1;
  }

  void update_parts() {
    const size_t count = parts_.size();
    std::vector<double> sizes(count), sums(count), squares(count);
    for (size_t i = 0; i < values_.size(); ++i)
      for (size_t k = 0; k < count; ++k) {
        const double share = shares_[i * count + k];
        sizes[k] += share;
        sums[k] += share * values_[i];
        squares[k] += share * values_[i] * values_[i];
      }
    double behind = 0;
    for (size_t k = count; k-- > 0;) {
      Part& part = parts_[k];
      const double size = sizes[k] + 1e-12, mean = sums[k] / size;
      const double spread = std::max(squares[k] / size - mean * mean, 0.0) + kLeastVariance;
      part.taken = 1 + sizes[k];
      part.left = kConcentration + behind;
      behind += sizes[k];
      // The priors: mean 0 and variance 1, those of the values, with the weight of one value.
      part.mean_weight = 1 + size;
      part.mean = sums[k] / part.mean_weight;
      part.freedom = 1 + size;
      part.variance = (1 + size * spread + size / part.mean_weight * mean * mean) / part.freedom;
    }
  }

  /// Returns the mean change of a responsibility.
  double update_shares() {
    const size_t count = parts_.size();
    std::vector<double> constant(count), log_share(count);
    double left = 0;
    for (size_t k = 0; k < count; ++k) {
      const Part& part = parts_[k];
      const double all = digamma(part.taken + part.left);
      const double precision = digamma(part.freedom / 2) + std::log(2 / part.freedom) -
                               std::log(part.variance);  // E[log lambda]
      constant[k] = digamma(part.taken) - all + left + 0.5 * (precision - 1 / part.mean_weight);
      left += digamma(part.left) - all;
    }
    double change = 0;
    for (size_t i = 0; i < values_.size(); ++i) {
      for (size_t k = 0; k < count; ++k) {
        const double away = values_[i] - parts_[k].mean;
        log_share[k] = constant[k] - 0.5 * away * away / parts_[k].variance;
      }
      const double most = *std::ranges::max_element(log_share);
      double sum = 0;
      for (double& value : log_share) sum += value = std::exp(value - most);
      for (size_t k = 0; k < count; ++k) {
        double& share = shares_[i * count + k];
        change += std::abs(log_share[k] / sum - share);
        share = log_share[k] / sum;
      }
    }
    return change / static_cast<double>(values_.size());
  }

  const std::vector<double>& values_;
  std::vector<Part> parts_;
  std::vector<double> shares_;  // responsibilities, by value and part
};

}  // namespace

std::vector<Mode> fit_modes(std::span<const double> all, int most) {
  std::vector<double> values;
  const size_t stride = (all.size() + kMostValues - 1) / kMostValues;
  for (size_t i = 0; i < all.size(); i += stride) values.push_back(all[i]);
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double variance = 0;
  for (const double value : values) variance += (value - mean) * (value - mean) / count;
  const double deviation = std::sqrt(variance);
  if (!(deviation > 0)) return {{1, mean, 1}};
  for (double& value : values) value = (value - mean) / deviation;

  const int parts = std::clamp(static_cast<int>(values.size()), 1, most);
  std::vector<Mode> modes;
  double left = 1, kept = 0;
  for (const Part& part : Inference(values, parts).run()) {
    const double share = part.taken / (part.taken + part.left), weight = left * share;
    left *= 1 - share;
    if (weight < kLeastWeight) continue;
    kept += weight;
    modes.push_back({weight, mean + deviation * part.mean, deviation * std::sqrt(part.variance)});
  }
  for (Mode& mode : modes) mode.weight /= kept;
  std::ranges::stable_sort(modes, {}, &Mode::mean);
  return modes;
}

std::vector<double> log_densities(const std::vector<Mode>& modes, double value) {
  std::vector<double> result;
  for (const Mode& mode : modes) {
    const double away = (value - mode.mean) / mode.deviation;
    result.push_back(std::log(mode.weight) - std::log(mode.deviation) - 0.5 * away * away -
                     0.5 * std::log(2 * std::numbers::pi));
  }
  return result;
}

}  // namespace imago

// Distances of sets of features, against numpy and scipy (tests/fixtures/make_feature_metrics.py)
// and by what they have to be.
#include "models/measure/feature_metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "compute/base/error.h"
#include "models/data/random_stream.h"

namespace imago::test {
namespace {

/// The formula of make_feature_metrics.py.
Features features_of(int64_t count, int dimensions, int which) {
  Features set;
  for (int64_t i = 0; i < count; ++i) {
    std::vector<float> row;
    for (int64_t k = 0; k < dimensions; ++k) {
      const int64_t mixed =
          (i * (k * 7 + 3) * (which + 5) + i * i * (k + 1) * 13 + which * 29) % 101;
      row.push_back(static_cast<float>(static_cast<double>(mixed) / 101 +
                                       0.15 * which * static_cast<double>(k % 3)));
    }
    set.add(row);
  }
  return set;
}

/// Of a normal distribution around `mean`.
Features normal(int64_t count, int dimensions, double mean, uint64_t seed) {
  Features set;
  for (int64_t i = 0; i < count; ++i) {
    RandomStream random(seed, Purpose::example, static_cast<uint64_t>(i));
    std::vector<float> row;
    for (int k = 0; k < dimensions; ++k) row.push_back(static_cast<float>(mean + random.normal()));
    set.add(row);
  }
  return set;
}

double value_of(const std::string& metric, const Features& a, const Features& b) {
  if (metric == "frechet") return frechet_distance(a, b, {.samples = 0}).value;
  if (metric == "kernel") return kernel_distance(a, b, {.samples = 0}).value;
  if (metric == "precision") return precision_recall(a, b, {.samples = 0}).precision.value;
  if (metric == "recall") return precision_recall(a, b, {.samples = 0}).recall.value;
  return nearest_neighbour_test(a, b, {.samples = 0}).value;
}

TEST(FeatureMetrics, AgreeWithNumpyAndScipy) {
  std::ifstream file(std::string(IMAGO_FIXTURES) + "/data/feature_metrics.txt");
  std::string metric;
  int64_t n = 0, m = 0;
  int dimensions = 0, lines = 0;
  for (double expected = 0; file >> metric >> n >> m >> dimensions >> expected; ++lines) {
    const double value = metric == "wilson_low"    ? wilson(n, m).low
                         : metric == "wilson_high" ? wilson(n, m).high
                                                   : value_of(metric, features_of(n, dimensions, 0),
                                                              features_of(m, dimensions, 1));
    EXPECT_NEAR(value, expected, 2e-6) << metric << ' ' << n << ' ' << m << ' ' << dimensions;
  }
  EXPECT_EQ(lines, 23);
}

TEST(FeatureMetrics, EqualSetsHaveNoDistance) {
  const Features set = features_of(40, 6, 0);
  EXPECT_NEAR(frechet_distance(set, set).value, 0, 1e-6);
  const PrecisionRecall both = precision_recall(set, set);
  EXPECT_EQ(both.precision.value, 1);
  EXPECT_EQ(both.recall.value, 1);
  EXPECT_EQ(nearest_neighbour_test(set, set).value, 0) << "every picture's copy is in the other";
}

// The known distance lies within the interval about as often as it says: of 20 at least 16.
TEST(FeatureMetrics, IntervalsHoldWhatTheySay) {
  int frechet = 0, kernel = 0, share = 0;
  const int kTimes = 20;
  // Of normal distributions whose means are 0.5 apart: 3 dimensions, so 0.75.
  const double apart = 0.75;
  // The same kernel by many pictures.
  const double known =
      kernel_distance(normal(2000, 3, 0, 900), normal(2000, 3, 0.5, 901), {.samples = 0}).value;
  for (uint64_t time = 0; time < kTimes; ++time) {
    const Features a = normal(200, 3, 0, 2 * time), b = normal(200, 3, 0.5, 2 * time + 1);
    const Estimate f = frechet_distance(a, b), k = kernel_distance(a, b);
    frechet += f.low <= apart && apart <= f.high;
    kernel += k.low <= known && known <= k.high;
    std::vector<double> tosses;
    RandomStream random(time, Purpose::example, 7);
    for (int i = 0; i < 100; ++i) tosses.push_back(random.chance(0.3) ? 1 : 0);
    const Estimate mean = mean_of_samples(tosses);
    share += mean.low <= 0.3 && 0.3 <= mean.high;
  }
  EXPECT_GE(frechet, 16);
  EXPECT_GE(kernel, 16);
  EXPECT_GE(share, 16);
}

TEST(FeatureMetrics, IntervalsAreTheSameEveryTime) {
  const Features a = features_of(30, 5, 0), b = features_of(25, 5, 1);
  const Estimate once = kernel_distance(a, b), again = kernel_distance(a, b),
                 other = kernel_distance(a, b, {.seed = 1});
  EXPECT_EQ(once.low, again.low);
  EXPECT_NE(once.low, other.low);
  EXPECT_LT(once.low, once.value);
}

TEST(FeatureMetrics, RefuseWhatCannotBeCompared) {
  EXPECT_THROW(frechet_distance(features_of(5, 3, 0), features_of(5, 4, 0)), ShapeError);
  EXPECT_THROW(kernel_distance(features_of(1, 3, 0), features_of(5, 3, 0)), ShapeError);
  EXPECT_THROW(precision_recall(features_of(3, 3, 0), features_of(5, 3, 0)), ShapeError);
  EXPECT_THROW(mean_of_samples({}), ShapeError);
  EXPECT_THROW(wilson(0, 0), ShapeError);
}

}  // namespace
}  // namespace imago::test

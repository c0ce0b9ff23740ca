#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "models/data/random_stream.h"

namespace imago {
namespace {

TEST(RandomStream, IsAFunctionOfSeedPurposeAndIndex) {
  const auto first = [](uint64_t seed, Purpose purpose, uint64_t index) {
    return RandomStream(seed, purpose, index).bits();
  };
  const uint32_t number = first(1, Purpose::example, 2);
  EXPECT_EQ(number, first(1, Purpose::example, 2));
  EXPECT_NE(number, first(2, Purpose::example, 2));
  EXPECT_NE(number, first(1 + (uint64_t{1} << 32), Purpose::example, 2));
  EXPECT_NE(number, first(1, Purpose::permutation, 2));
  EXPECT_NE(number, first(1, Purpose::example, 3));
  EXPECT_NE(number, first(1, Purpose::example, 2 + (uint64_t{1} << 32)));
  RandomStream stream(1, Purpose::example, 2);
  EXPECT_EQ(stream.bits(), number);
  EXPECT_NE(stream.bits(), number);
}

struct Moments {
  double mean = 0, variance = 0;
};

Moments moments_of(const std::function<double()>& draw) {
  constexpr int kCount = 40000;
  double sum = 0, squares = 0;
  for (int i = 0; i < kCount; ++i) {
    const double value = draw();
    sum += value;
    squares += value * value;
  }
  return {sum / kCount, squares / kCount - sum / kCount * (sum / kCount)};
}

// Tolerances are five standard errors of 40 000 draws.
TEST(RandomStream, HasTheMomentsOfItsDistributions) {
  RandomStream random(3, Purpose::example, 0);
  const Moments uniform = moments_of([&] { return random.uniform(); });
  EXPECT_NEAR(uniform.mean, 0.5, 0.0073);
  EXPECT_NEAR(uniform.variance, 1.0 / 12, 0.0019);
  const Moments normal = moments_of([&] { return random.normal(); });
  EXPECT_NEAR(normal.mean, 0, 0.025);
  EXPECT_NEAR(normal.variance, 1, 0.036);
  for (const double mean : {0.0, 3.0, 100.0}) {
    const Moments poisson = moments_of([&] { return random.poisson(mean); });
    EXPECT_NEAR(poisson.mean, mean, 0.025 * std::sqrt(mean));
    EXPECT_NEAR(poisson.variance, mean, 0.045 * mean);
  }
}

TEST(RandomStream, IntegersAreEquallyLikely) {
  RandomStream random(3, Purpose::example, 1);
  int counts[7] = {};
  for (int i = 0; i < 70000; ++i) ++counts[random.below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 470);
  EXPECT_EQ(random.below(1), 0);
}

}  // namespace
}  // namespace imago

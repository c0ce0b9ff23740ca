// The distributions by their moments, and what is counted of points.
#include <algorithm>
#include <cmath>

#include "models/data/random_stream.h"
#include "tests/playground/fixture.h"

namespace imago::playground {
namespace {

constexpr int64_t kMany = 20000;

std::vector<float> many(const Distribution& target) {
  RandomStream random(3, Purpose::points, 0);
  return target.sample(random, kMany);
}

Distribution of(Data data) {
  Settings s;
  s.data = data;
  return Distribution(s);
}

TEST(Points, ClustersHaveTheirMeanAndSpread) {
  const Spread one = spread_of(many(of(Data::one_cluster)));
  EXPECT_NEAR(one.centre.x, 0.35f, 0.005f);
  EXPECT_NEAR(one.centre.y, 0.25f, 0.005f);
  EXPECT_NEAR(one.radius, 0.15f * std::sqrt(2.0f), 0.003f);
  const Spread two = spread_of(many(of(Data::two_clusters)));
  EXPECT_NEAR(two.centre.x, 0, 0.01f);
  EXPECT_NEAR(two.radius, std::sqrt(0.34f + 2 * 0.01f), 0.005f);
}

TEST(Points, RealPointsFindEveryModeEquallyOften) {
  const struct {
    Data data;
    int modes;
    float quality;  // three sigma in two dimensions hold 98.9 %
  } cases[] = {{Data::one_cluster, 1, 0.989f},
               {Data::two_clusters, 2, 0.989f},
               {Data::ring, 8, 0.989f},
               {Data::grid, 25, 0.989f}};
  for (const auto& expected : cases) {
    SCOPED_TRACE(to_string(expected.data));
    const Distribution target = of(expected.data);
    const std::vector<float> points = many(target);
    const Coverage coverage = coverage_of(target, points);
    EXPECT_EQ(coverage.modes, expected.modes);
    EXPECT_EQ(coverage.covered, expected.modes);
    EXPECT_NEAR(coverage.quality, expected.quality, 0.004f);
    for (const Point& mode : target.modes()) {
      int64_t near = 0;
      for (int64_t i = 0; i < kMany; ++i)
        near += std::hypot(points[static_cast<size_t>(i)] - mode.x,
                           points[static_cast<size_t>(kMany + i)] - mode.y) <= target.reach();
      EXPECT_NEAR(static_cast<double>(near) / kMany, 0.989 / expected.modes, 0.012);
    }
  }
}

TEST(Points, TheSpiralIsEvenAlongItsLength) {
  const Distribution target = of(Data::spiral);
  const Coverage coverage = coverage_of(target, many(target));
  EXPECT_EQ(coverage.covered, 24);
  EXPECT_EQ(coverage.modes, 24);
  EXPECT_GT(coverage.quality, 0.9f);
  // Archimedes' spiral: nothing lies between its arms.
  const float nothing[] = {0, 0};
  EXPECT_EQ(coverage_of(target, nothing).quality, 0);
}

TEST(Points, DrawnPlacesAreWhatIsLearned) {
  Settings s;
  s.data = Data::drawn;
  s.drawn = {{-0.5f, 0}, {-0.48f, 0.02f}, {0.5f, 0.5f}};  // the second adds no mode
  const Distribution target(s);
  EXPECT_EQ(target.modes().size(), 2u);
  const std::vector<float> points = many(target);
  const Coverage coverage = coverage_of(target, points);
  EXPECT_EQ(coverage.covered, 2);
  EXPECT_GT(coverage.quality, 0.95f);
  const auto right =
      std::count_if(points.begin(), points.begin() + kMany, [](float x) { return x > 0; });
  EXPECT_NEAR(static_cast<double>(right) / kMany, 1.0 / 3, 0.015);
}

TEST(Points, CoverageCountsByHand) {
  const Distribution target = of(Data::ring);             // modes at 45 degrees, reach 0.045
  const float points[] = {0.75f, 0.79f, 0.8f, 0, -0.75f,  // x
                          0,     0,     0,    0, 0.04f};  // y
  const Coverage coverage = coverage_of(target, points);
  EXPECT_EQ(coverage.covered, 2);
  EXPECT_EQ(coverage.modes, 8);
  EXPECT_FLOAT_EQ(coverage.quality, 0.6f);
}

}  // namespace
}  // namespace imago::playground

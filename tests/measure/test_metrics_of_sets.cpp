// Distances of sets of pictures, against numpy (tests/fixtures/make_metrics.py) and by what they
// have to be.
#include <cmath>
#include <fstream>
#include <limits>
#include <numbers>

#include "models/data/random_stream.h"
#include "models/measure/metrics.h"
#include "tests/data/support.h"

namespace imago::test {
namespace {

/// The formula of make_metrics.py.
Planes picture_of_set(int n, int height, int width, bool fake, float low = 0) {
  Planes planes(3, height, width);
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        const int smooth = x * (3 + n) + y * 2 + c * 40;
        const int texture = x * y * (7 + n) % (fake ? 96 : 48);
        planes.row(c, y)[x] =
            low + (1 - low) * static_cast<float>((smooth + texture + n * 50) % 256) / 255;
      }
  return planes;
}

std::vector<Planes> set_of(int count, int height, int width, bool fake, float low = 0) {
  std::vector<Planes> set;
  for (int n = 0; n < count; ++n) set.push_back(picture_of_set(n, height, width, fake, low));
  return set;
}

TEST(MetricsOfSets, AgreeWithNumpy) {
  std::ifstream file(std::string(IMAGO_FIXTURES) + "/data/metrics_of_sets.txt");
  std::string metric;
  int height = 0, width = 0, lines = 0;
  uint64_t seed = 0;
  for (double expected = 0; file >> metric >> height >> width >> seed >> expected; ++lines)
    for (const float low : {0.0f, -1.0f}) {
      const std::vector<Planes> fakes = set_of(2, height, width, true, low),
                                reals = set_of(3, height, width, false, low);
      const SlicedWassersteinOptions options = {1.0 - double{low}, 40, 16, seed};
      const double value = metric == "swd" ? sliced_wasserstein_distance(fakes, reals, options)
                                           : diversity(fakes, reals);
      EXPECT_NEAR(value, expected, 1e-5 * expected) << metric << height << ' ' << seed << low;
    }
  EXPECT_EQ(lines, 5);
}

/// Pictures with something at every scale, as photos have it: waves of random direction and phase,
/// the shorter the weaker.
std::vector<Planes> natural(int count, uint64_t seed, int side = 64) {
  std::vector<Planes> set;
  for (int n = 0; n < count; ++n) {
    RandomStream random(seed, Purpose::example, static_cast<uint64_t>(n));
    Planes planes(3, side, side);
    for (float& value : planes.values) value = 0.5f;
    for (int wave = 0; wave < 60; ++wave) {
      const double length = 64 * std::pow(2.0, -wave / 10.0);
      const double angle = random.uniform(0, 2 * std::numbers::pi), phase = random.uniform(0, 10);
      for (int c = 0; c < 3; ++c) {
        const double height = random.normal() * length / 600;
        for (int y = 0; y < side; ++y)
          for (int x = 0; x < side; ++x)
            planes.row(c, y)[x] += static_cast<float>(
                height * std::sin(phase + 2 * std::numbers::pi / length *
                                              (x * std::cos(angle) + y * std::sin(angle))));
      }
    }
    set.push_back(planes);
  }
  return set;
}

/// Every value through `change`.
template <typename Change>
std::vector<Planes> changed(std::vector<Planes> set, const Change& change) {
  for (Planes& planes : set)
    for (float& value : planes.values) value = static_cast<float>(change(double{value}));
  return set;
}

/// Each value and its right and lower neighbour averaged, so many times.
std::vector<Planes> blurred(std::vector<Planes> set, int times) {
  for (Planes& planes : set)
    for (int i = 0; i < times; ++i)
      for (int c = 0; c < planes.channels; ++c)
        for (int y = 0; y < planes.height; ++y)
          for (int x = 0; x < planes.width; ++x)
            planes.row(c, y)[x] =
                (2 * planes.row(c, y)[x] + planes.row(c, y)[std::min(x + 1, planes.width - 1)] +
                 planes.row(c, std::min(y + 1, planes.height - 1))[x]) /
                4;
  return set;
}

TEST(MetricsOfSets, EqualSetsHaveNoDistance) {
  const std::vector<Planes> set = natural(4, 1);
  EXPECT_EQ(sliced_wasserstein_distance(set, set), 0);
  EXPECT_NEAR(diversity(set, set), 1, 1e-12);
}

// Every kind of damage costs more than another sample of the same pictures, and more of it more.
TEST(MetricsOfSets, DistanceGrowsWithDamage) {
  const std::vector<Planes> truths = natural(6, 1), same_kind = natural(6, 2);
  const auto distance = [&](const std::vector<Planes>& results) {
    return sliced_wasserstein_distance(results, truths);
  };
  const auto noise = [&](double amount) {
    RandomStream random(3, Purpose::example, 0);
    return distance(changed(same_kind, [&](double v) { return v + amount * random.normal(); }));
  };
  const auto blur = [&](int times) { return distance(blurred(same_kind, times)); };
  const auto brighter = [&](double by) {
    return distance(changed(same_kind, [by](double v) { return v + by; }));
  };
  const auto flatter = [&](double to) {
    return distance(changed(same_kind, [to](double v) { return 0.5 + to * (v - 0.5); }));
  };
  const double least = distance(same_kind);
  EXPECT_GT(least, 0);
  EXPECT_LT(1.2 * least, noise(0.02));
  EXPECT_LT(1.2 * noise(0.02), noise(0.06));
  EXPECT_LT(1.2 * least, blur(2));
  EXPECT_LT(1.2 * blur(2), blur(6));
  EXPECT_LT(1.2 * least, brighter(0.1));
  EXPECT_LT(1.2 * brighter(0.1), brighter(0.3));
  EXPECT_LT(1.2 * least, flatter(0.7));
  EXPECT_LT(1.2 * flatter(0.7), flatter(0.3));
}

TEST(MetricsOfSets, SetsNeedNotBeEquallyLargeNorPairs) {
  const std::vector<Planes> truths = natural(6, 1), few = natural(2, 2);
  RandomStream random(3, Purpose::example, 0);
  const std::vector<Planes> noisy =
      changed(few, [&](double v) { return v + 0.1 * random.normal(); });
  EXPECT_LT(2 * sliced_wasserstein_distance(few, truths),
            sliced_wasserstein_distance(noisy, truths));
  const std::vector<Planes> wide = natural(3, 2, 80);
  EXPECT_LT(2 * sliced_wasserstein_distance(wide, truths),
            sliced_wasserstein_distance(noisy, truths));
}

TEST(MetricsOfSets, TheSameSeedGivesTheSameNumber) {
  const std::vector<Planes> truths = natural(3, 1), results = natural(3, 2);
  const auto distance = [&](uint64_t seed) {
    return sliced_wasserstein_distance(results, truths, {1, 64, 32, seed});
  };
  EXPECT_EQ(distance(7), distance(7));
  EXPECT_NE(distance(7), distance(8));
  EXPECT_NEAR(distance(7), distance(8), 0.2 * distance(7));
}

// Black results, or flat truths, must not divide by nothing.
TEST(MetricsOfSets, FlatPicturesAreFarButNotInfinitely) {
  const std::vector<Planes> truths = natural(3, 1);
  const std::vector<Planes> flat = changed(truths, [](double) { return 0.0; });
  EXPECT_GT(sliced_wasserstein_distance(flat, truths), 0.5);
  EXPECT_TRUE(std::isfinite(sliced_wasserstein_distance(truths, flat)));
}

TEST(MetricsOfSets, DiversitySeesCollapse) {
  const std::vector<Planes> truths = natural(5, 1);
  const std::vector<Planes> collapsed(5, truths[0]);
  EXPECT_EQ(diversity(collapsed, truths), 0);
  // Half the contrast around a common grey is half as different.
  const std::vector<Planes> half = changed(truths, [](double v) { return v * 0.5 + 0.25; });
  EXPECT_NEAR(diversity(half, truths), 0.5, 1e-5);
  EXPECT_TRUE(std::isnan(diversity({truths[0]}, truths)));
  EXPECT_TRUE(std::isnan(diversity(truths, collapsed)));
}

TEST(MetricsOfSets, WhatCannotBeComparedIsSaid) {
  std::vector<Planes> truths = natural(2, 1), broken = natural(2, 2);
  broken[1].values[5] = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(std::isnan(sliced_wasserstein_distance(broken, truths)));
  EXPECT_TRUE(std::isnan(diversity(broken, truths)));
  EXPECT_THROW(sliced_wasserstein_distance({}, truths), ShapeError);
  EXPECT_THROW(sliced_wasserstein_distance({Planes(1, 64, 64)}, truths), ShapeError);
  EXPECT_THROW(sliced_wasserstein_distance({Planes(3, 6, 64)}, truths), ShapeError);
  EXPECT_NO_THROW(sliced_wasserstein_distance({Planes(3, 7, 9)}, truths));
}

}  // namespace
}  // namespace imago::test

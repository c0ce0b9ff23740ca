// The distributions that are learned, and how well points are of one.
//
// Many points at once are arrays {2, N}: all x, then all y, as the networks read them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/playground/settings.h"

namespace imago {
class RandomStream;
}

namespace imago::playground {

/// What is to be learned.
///
/// one_cluster   a Gaussian of sigma 0.15
/// two_clusters  two of sigma 0.1, equally likely
/// ring          eight of sigma 0.015 on a circle of radius 0.75
/// grid          25 at distances of 0.4, of sigma 0.01: Metz et al. 2017's proportions
/// spiral        an arm of two turns, equally likely along its length, with jitter of sigma 0.015
/// drawn         the drawn points, equally likely, with jitter of sigma 0.02
class Distribution {
 public:
  explicit Distribution(const Settings& settings);

  /// {2, count}
  std::vector<float> sample(RandomStream& random, int64_t count) const;

  /// The places that a generator has to find; on curves, places along them.
  const std::vector<Point>& modes() const { return modes_; }
  /// A point this near to a mode is a good one: three sigma, on curves half the places' distance.
  float reach() const { return reach_; }

 private:
  void along(std::vector<Point> curve);

  std::vector<Point> centres_;  // one is drawn at random…
  float sigma_ = 0;             // …and moved by this
  std::vector<Point> modes_;
  float reach_ = 0;
};

/// What points {2, N} tell of a generator.
struct Spread {
  Point centre;
  float radius = 0;  // root of the mean squared distance from the centre
};
Spread spread_of(std::span<const float> points);

struct Coverage {
  int covered = 0, modes = 0;  // modes with at least one good point
  float quality = 0;           // share of good points
};
Coverage coverage_of(const Distribution& target, std::span<const float> points);

}  // namespace imago::playground

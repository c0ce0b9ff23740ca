#include "models/playground/points.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/data/random_stream.h"

namespace imago::playground {
namespace {

constexpr float kCurveJitter = 0.015f, kDrawnJitter = 0.02f;
constexpr float kDrawnModes = 0.15f;  // the least distance of drawn points that count as two modes
constexpr int kCurvePoints = 2000, kCurveModes = 24;

std::vector<Point> on_ring(int count, float radius) {
  std::vector<Point> points;
  for (int i = 0; i < count; ++i) {
    const float angle =
        2 * std::numbers::pi_v<float> * static_cast<float>(i) / static_cast<float>(count);
    points.push_back({radius * std::cos(angle), radius * std::sin(angle)});
  }
  return points;
}

std::vector<Point> on_grid() {
  std::vector<Point> points;
  for (int i = -2; i <= 2; ++i)
    for (int j = -2; j <= 2; ++j)
      points.push_back({0.4f * static_cast<float>(j), 0.4f * static_cast<float>(i)});
  return points;
}

/// Two turns of Archimedes' spiral, in steps of equal length.
std::vector<Point> on_spiral() {
  constexpr float kInner = 0.12f, kOuter = 0.85f, kTurns = 2;
  const auto at = [&](double t) {
    const double radius = kInner + (kOuter - kInner) * t;
    const double angle = 2 * std::numbers::pi * kTurns * t;
    return Point{static_cast<float>(radius * std::cos(angle)),
                 static_cast<float>(radius * std::sin(angle))};
  };
  constexpr int kFine = 20 * kCurvePoints;
  std::vector<double> length(kFine + 1, 0);
  for (int i = 1; i <= kFine; ++i)
    length[static_cast<size_t>(i)] =
        length[static_cast<size_t>(i) - 1] +
        static_cast<double>(distance(at((i - 1.0) / kFine), at(static_cast<double>(i) / kFine)));
  std::vector<Point> points;
  for (int i = 0; i < kCurvePoints; ++i) {
    const double wanted = length.back() * (i + 0.5) / kCurvePoints;
    const auto found = std::ranges::lower_bound(length, wanted);
    points.push_back(at(static_cast<double>(found - length.begin()) / kFine));
  }
  return points;
}

/// Those that are no nearer than `least` to one before them.
std::vector<Point> thinned(const std::vector<Point>& points, float least) {
  std::vector<Point> kept;
  for (const Point& p : points)
    if (std::ranges::none_of(kept, [&](const Point& q) { return distance(p, q) < least; }))
      kept.push_back(p);
  return kept;
}

}  // namespace

Distribution::Distribution(const Settings& settings) {
  switch (settings.data) {
    case Data::one_cluster:
      centres_ = {{0.35f, 0.25f}};
      sigma_ = 0.15f;
      break;
    case Data::two_clusters:
      centres_ = {{-0.5f, -0.3f}, {0.5f, 0.3f}};
      sigma_ = 0.1f;
      break;
    case Data::ring:
      centres_ = on_ring(8, 0.75f);
      sigma_ = 0.015f;
      break;
    case Data::grid:
      centres_ = on_grid();
      sigma_ = 0.01f;
      break;
    case Data::spiral:
      along(on_spiral());
      return;
    case Data::drawn:
      centres_ = settings.drawn;
      sigma_ = kDrawnJitter;
      modes_ = thinned(centres_, kDrawnModes);
      reach_ = kDrawnModes / 2;
      return;
  }
  modes_ = centres_;
  reach_ = 3 * sigma_;
}

void Distribution::along(std::vector<Point> curve) {
  centres_ = std::move(curve);
  sigma_ = kCurveJitter;
  const size_t step = centres_.size() / kCurveModes;
  for (size_t i = step / 2; i < centres_.size(); i += step) modes_.push_back(centres_[i]);
  reach_ = distance(modes_[kCurveModes - 2], modes_[kCurveModes - 1]) / 2;
}

std::vector<float> Distribution::sample(RandomStream& random, int64_t count) const {
  const auto n = static_cast<size_t>(count);
  std::vector<float> points(2 * n);
  for (size_t i = 0; i < n; ++i) {
    const Point& centre =
        centres_[static_cast<size_t>(random.uniform() * static_cast<double>(centres_.size()))];
    points[i] = centre.x + sigma_ * static_cast<float>(random.normal());
    points[n + i] = centre.y + sigma_ * static_cast<float>(random.normal());
  }
  return points;
}

Spread spread_of(std::span<const float> points) {
  const size_t n = points.size() / 2;
  double x = 0, y = 0, square = 0;
  for (size_t i = 0; i < n; ++i) {
    x += points[i];
    y += points[n + i];
  }
  x /= static_cast<double>(n);
  y /= static_cast<double>(n);
  for (size_t i = 0; i < n; ++i)
    square += std::pow(points[i] - x, 2) + std::pow(points[n + i] - y, 2);
  return {{static_cast<float>(x), static_cast<float>(y)},
          static_cast<float>(std::sqrt(square / static_cast<double>(n)))};
}

Coverage coverage_of(const Distribution& target, std::span<const float> points) {
  const size_t n = points.size() / 2;
  const float reach = target.reach() * target.reach();
  std::vector<bool> found(target.modes().size(), false);
  int64_t good = 0;
  for (size_t i = 0; i < n; ++i) {
    float nearest = reach;
    size_t which = found.size();
    for (size_t m = 0; m < found.size(); ++m) {
      const float dx = points[i] - target.modes()[m].x, dy = points[n + i] - target.modes()[m].y;
      if (const float square = dx * dx + dy * dy; square <= nearest) {
        nearest = square;
        which = m;
      }
    }
    if (which == found.size()) continue;
    found[which] = true;
    ++good;
  }
  return {static_cast<int>(std::ranges::count(found, true)), static_cast<int>(found.size()),
          static_cast<float>(good) / static_cast<float>(std::max<size_t>(n, 1))};
}

}  // namespace imago::playground

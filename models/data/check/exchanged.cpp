// What tells A from B is not known beforehand: brightness, colour, detail, flatness or a mixture.
// So the direction in feature space that separates A from B is learned from the pairs themselves (a
// robust linear discriminant of the differences A - B; an exchanged pair has the negative of what
// it should have), and every pair is projected on it: 1 is where pairs usually lie, -1 where
// exchanged ones do. Nothing is reported unless the two are well apart.
#include "models/data/check/exchanged.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

namespace imago {
namespace {

constexpr size_t kLeastPairs = 12, kFolds = 12;
// Tried on aerial pictures and maps, edges, holes, grey and blurred photos, and on pairs of alike
// or unrelated photos, which must not raise an alarm.
constexpr double kSpread = 0.3;      // of the places, at most
constexpr double kNoMansLand = 0.3;  // around 0, where it is not clear which way round a pair is
constexpr double kUnclear = 0.05;    // the share of pairs there, at most
constexpr double kFit = 4;           // how much farther off than usual an exchanged pair may lie
constexpr int kSize = kFeatures;
// Differences smaller than these say nothing.
constexpr Features kFloor = {1, 1, 1, 1, 0.05, 0.05, 0.01, 0.01};

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

template <typename Function>
Features for_each_feature(const Function& function) {
  Features result{};
  for (size_t t = 0; t < kFeatures; ++t) result[t] = function(t);
  return result;
}

double dot(const Features& a, const Features& b) {
  double sum = 0;
  for (size_t t = 0; t < kFeatures; ++t) sum += a[t] * b[t];
  return sum;
}

Features negative(const Features& features) {
  return for_each_feature([&](size_t t) { return -features[t]; });
}

/// Where differences usually lie.
struct Place {
  Features centre, spread;
};

Place place_of(const std::vector<Features>& differences) {
  const auto median_of = [&](const auto& value) {
    std::vector<double> values;
    for (const Features& difference : differences) values.push_back(value(difference));
    return median(values);
  };
  Place place;
  place.centre = for_each_feature(
      [&](size_t t) { return median_of([t](const Features& d) { return d[t]; }); });
  place.spread = for_each_feature([&](size_t t) {
    const double centre = place.centre[t];
    const double deviation = median_of([&](const Features& d) { return std::abs(d[t] - centre); });
    const double size = median_of([t](const Features& d) { return std::abs(d[t]); });
    return 1.4826 * deviation + 0.05 * size + kFloor[t];
  });
  return place;
}

/// The direction that tells differences at `place` from their negatives: the centre divided by the
/// covariance, half of which is taken for equal in all directions as there may be few pairs.
Features direction_of(const std::vector<Features>& differences, const Place& place) {
  cv::Mat covariance = cv::Mat::zeros(kSize, kSize, CV_64F);
  for (const Features& difference : differences) {
    const Features z = for_each_feature([&](size_t t) {
      return std::clamp((difference[t] - place.centre[t]) / place.spread[t], -4.0, 4.0);
    });
    const cv::Mat column(kSize, 1, CV_64F, const_cast<double*>(z.data()));
    covariance += column * column.t();
  }
  const double level = cv::trace(covariance)[0] / kSize;
  covariance = (covariance + cv::Mat::eye(kSize, kSize, CV_64F) * (level + 1e-9)) / 2;
  cv::Mat centre(kSize, 1, CV_64F), weights;
  for (int t = 0; t < kSize; ++t) {
    const auto at = static_cast<size_t>(t);
    centre.at<double>(t) = place.centre[at] / place.spread[at];
  }
  cv::solve(covariance, centre, weights, cv::DECOMP_SVD);
  return for_each_feature(
      [&](size_t t) { return weights.at<double>(static_cast<int>(t)) / place.spread[t]; });
}

/// RMS of the features, in units of their spread.
double distance(const Features& difference, const Place& place) {
  double sum = 0;
  for (size_t t = 0; t < kFeatures; ++t)
    sum += std::pow((difference[t] - place.centre[t]) / place.spread[t], 2);
  return std::sqrt(sum / kFeatures);
}

/// All the same way round, as far as can be told: those on the far side are turned, until nothing
/// changes; most stay as they are.
std::vector<Features> turned_alike(std::vector<Features> differences) {
  const std::vector<Features> given = differences;
  for (int round = 0; round < 10; ++round) {
    const Features direction = direction_of(differences, place_of(differences));
    std::vector<Features> turned;
    size_t changed = 0;
    for (const Features& difference : given) {
      const bool turn = dot(difference, direction) < 0;
      changed += turn;
      turned.push_back(turn ? negative(difference) : difference);
    }
    if (2 * changed > given.size())
      for (Features& difference : turned) difference = negative(difference);
    if (turned == differences) break;
    differences = turned;
  }
  return differences;
}

/// Of every pair, judged by the others: it must not vouch for itself.
std::vector<double> places_of(const std::vector<Features>& given,
                              const std::vector<Features>& alike) {
  std::vector<double> places(given.size());
  for (size_t fold = 0; fold < kFolds; ++fold) {
    std::vector<Features> others;
    for (size_t i = 0; i < alike.size(); ++i)
      if (i % kFolds != fold) others.push_back(alike[i]);
    const Features direction = direction_of(others, place_of(others));
    std::vector<double> usual;
    for (const Features& difference : others) usual.push_back(dot(difference, direction));
    const double one = median(usual);
    for (size_t i = fold; i < given.size(); i += kFolds)
      places[i] = one > 0 ? dot(given[i], direction) / one : 0;
  }
  return places;
}

/// The places are near 1 and -1, not in between.
bool are_two_kinds(const std::vector<double>& places) {
  std::vector<double> off;
  size_t unclear = 0, exchanged = 0;
  for (const double place : places) {
    off.push_back(std::abs(std::abs(place) - 1));
    unclear += std::abs(place) <= kNoMansLand;
    exchanged += place < -kNoMansLand;
  }
  const auto count = static_cast<double>(places.size());
  return 1.4826 * median(off) <= kSpread && static_cast<double>(unclear) <= kUnclear * count &&
         static_cast<double>(exchanged) <= count / 3;
}

}  // namespace

std::vector<size_t> find_exchanged(const std::vector<std::pair<Features, Features>>& pairs) {
  if (pairs.size() < kLeastPairs) return {};
  std::vector<Features> given;
  for (const auto& [a, b] : pairs)
    given.push_back(for_each_feature([&a = a, &b = b](size_t t) { return a[t] - b[t]; }));
  const std::vector<Features> alike = turned_alike(given);
  const std::vector<double> places = places_of(given, alike);
  if (!are_two_kinds(places)) return {};
  const Place place = place_of(alike);
  const auto as_given = [&](size_t i) { return distance(given[i], place); };
  const auto as_turned = [&](size_t i) { return distance(negative(given[i]), place); };
  std::vector<double> nearer;
  for (size_t i = 0; i < given.size(); ++i) nearer.push_back(std::min(as_given(i), as_turned(i)));
  const double usual = median(nearer);
  std::vector<size_t> exchanged;
  for (size_t i = 0; i < given.size(); ++i)
    if (places[i] < -kNoMansLand && as_turned(i) < kFit * usual && as_turned(i) < as_given(i) / 2)
      exchanged.push_back(i);
  return exchanged;
}

}  // namespace imago

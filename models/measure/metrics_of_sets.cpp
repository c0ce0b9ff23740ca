#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/imgproc.hpp>
#include <string>

#include "models/data/random_stream.h"
#include "models/measure/metrics.h"

namespace imago {
namespace {

constexpr int kPatch = 7, kLeastSide = 16;
constexpr double kNotKnown = std::numeric_limits<double>::quiet_NaN();

/// A view of one channel.
cv::Mat channel(const Planes& picture, int c) {
  return {picture.height, picture.width, CV_32F, const_cast<float*>(picture.row(c, 0))};
}

bool all_finite(const std::vector<Planes>& pictures) {
  return std::ranges::all_of(pictures, [](const Planes& picture) {
    return std::ranges::all_of(picture.values, [](float v) { return std::isfinite(v); });
  });
}

int smallest_side(const std::vector<Planes>& pictures) {
  int side = std::numeric_limits<int>::max();
  for (const Planes& picture : pictures) side = std::min({side, picture.width, picture.height});
  return side;
}

void check_sets(const std::vector<Planes>& results, const std::vector<Planes>& truths) {
  if (results.empty() || truths.empty())
    throw ShapeError("a set without pictures cannot be compared");
  for (const auto* set : {&results, &truths})
    for (const Planes& picture : *set)
      if (picture.channels != truths[0].channels)
        throw ShapeError("pictures of " + std::to_string(picture.channels) + " and of " +
                         std::to_string(truths[0].channels) + " channels cannot be compared");
  if (smallest_side(results) < kPatch || smallest_side(truths) < kPatch)
    throw ShapeError("a picture is smaller than the patches of 7x7 pixels it is compared by");
}

/// By level and channel.
using Pyramid = std::vector<std::vector<cv::Mat>>;

/// What each level has that the next does not, and at the end what is left.
Pyramid laplacian_pyramid(const Planes& picture, int levels) {
  Pyramid pyramid(static_cast<size_t>(levels));
  for (int c = 0; c < picture.channels; ++c) {
    cv::Mat level = channel(picture, c);
    for (auto difference = pyramid.begin(); difference + 1 != pyramid.end(); ++difference) {
      cv::Mat smaller, enlarged;
      cv::pyrDown(level, smaller);
      cv::pyrUp(smaller, enlarged, level.size());
      difference->push_back(level - enlarged);
      level = smaller;
    }
    pyramid.back().push_back(level.clone());
  }
  return pyramid;
}

std::vector<Pyramid> pyramids(const std::vector<Planes>& pictures, int levels) {
  std::vector<Pyramid> result;
  for (const Planes& picture : pictures) result.push_back(laplacian_pyramid(picture, levels));
  return result;
}

/// As many rows as places, each the values of a patch, channel after channel. Places are shares of
/// the height and width; the pictures take turns.
cv::Mat patches_at(const std::vector<cv::Point2d>& places, const std::vector<Pyramid>& pictures,
                   size_t level) {
  const auto channels = static_cast<int>(pictures[0][level].size());
  cv::Mat patches(static_cast<int>(places.size()), channels * kPatch * kPatch, CV_32F);
  for (size_t i = 0; i < places.size(); ++i) {
    const std::vector<cv::Mat>& picture = pictures[i % pictures.size()][level];
    const auto x = static_cast<int>(places[i].x * (picture[0].cols - kPatch + 1));
    const auto y = static_cast<int>(places[i].y * (picture[0].rows - kPatch + 1));
    auto* to = patches.ptr<float>(static_cast<int>(i));
    for (const cv::Mat& values : picture)
      for (int row = y; row < y + kPatch; ++row)
        to = std::copy_n(values.ptr<float>(row) + x, kPatch, to);
  }
  return patches;
}

/// Divides the values of each channel by its standard deviation in the truths, but by no less than
/// `least`: a channel that never changes has none.
void normalise(cv::Mat& results, cv::Mat& truths, double least) {
  constexpr int kValues = kPatch * kPatch;
  for (int first = 0; first < truths.cols; first += kValues) {
    cv::Scalar mean, deviation;
    cv::meanStdDev(truths.colRange(first, first + kValues), mean, deviation);
    const double scale = 1 / std::max(deviation[0], least);
    for (cv::Mat* patches : {&results, &truths}) {
      cv::Mat values = patches->colRange(first, first + kValues);
      values *= scale;
    }
  }
}

/// Rows of length one, evenly distributed over all directions.
cv::Mat directions(int count, int dimensions, RandomStream& random) {
  cv::Mat rows(count, dimensions, CV_32F);
  for (int i = 0; i < count; ++i) {
    cv::Mat row = rows.row(i);
    for (int k = 0; k < dimensions; ++k) row.at<float>(k) = static_cast<float>(random.normal());
    row *= 1 / cv::norm(row);
  }
  return rows;
}

/// Of equally many points: on a line, the Wasserstein distance is the mean difference of those of
/// one rank.
double distance_of(const cv::Mat& results, const cv::Mat& truths, const cv::Mat& directions) {
  const auto ranked = [&](const cv::Mat& points) {
    cv::Mat projected;
    cv::gemm(directions, points, 1, cv::noArray(), 0, projected, cv::GEMM_2_T);
    cv::sort(projected, projected, cv::SORT_EVERY_ROW | cv::SORT_ASCENDING);
    return projected;
  };
  const cv::Mat a = ranked(results), b = ranked(truths);
  return cv::norm(a, b, cv::NORM_L1) / static_cast<double>(a.total());
}

std::vector<cv::Mat> shrunk(const std::vector<Planes>& pictures) {
  constexpr int kSide = 32;
  std::vector<cv::Mat> result;
  for (const Planes& picture : pictures) {
    cv::Mat small(picture.channels * kSide, kSide, CV_32F);
    for (int c = 0; c < picture.channels; ++c)
      cv::resize(channel(picture, c), small.rowRange(c * kSide, (c + 1) * kSide), {kSide, kSide}, 0,
                 0, cv::INTER_AREA);
    result.push_back(small);
  }
  return result;
}

double mean_difference(const std::vector<Planes>& pictures) {
  const std::vector<cv::Mat> small = shrunk(pictures);
  double sum = 0, pairs = 0;
  for (size_t i = 0; i < small.size(); ++i)
    for (size_t k = 0; k < i; ++k, ++pairs) {
      if (small[i].rows != small[k].rows)
        throw ShapeError("pictures of different channels cannot be compared");
      sum += cv::norm(small[i], small[k], cv::NORM_L2) /
             std::sqrt(static_cast<double>(small[i].total()));
    }
  return pairs > 0 ? sum / pairs : kNotKnown;
}

}  // namespace

double sliced_wasserstein_distance(const std::vector<Planes>& results,
                                   const std::vector<Planes>& truths,
                                   const SlicedWassersteinOptions& options) {
  check_sets(results, truths);
  if (!all_finite(results) || !all_finite(truths)) return kNotKnown;
  int levels = 1;
  for (int side = std::min(smallest_side(results), smallest_side(truths));
       (side = (side + 1) / 2) >= kLeastSide;)
    ++levels;
  const std::vector<Pyramid> of_results = pyramids(results, levels),
                             of_truths = pyramids(truths, levels);
  // A quarter of the step between two of 256 values.
  const double least = options.range / 1024;
  const size_t count =
      static_cast<size_t>(options.patches) * std::max(results.size(), truths.size());
  double sum = 0;
  for (int level = 0; level < levels; ++level) {
    RandomStream random(options.seed, Purpose::metric, static_cast<uint64_t>(level));
    std::vector<cv::Point2d> places(count);
    for (cv::Point2d& place : places) {
      place.x = random.uniform();
      place.y = random.uniform();
    }
    // One set of places for both, so that equal sets have no distance at all.
    cv::Mat a = patches_at(places, of_results, static_cast<size_t>(level));
    cv::Mat b = patches_at(places, of_truths, static_cast<size_t>(level));
    normalise(a, b, least);
    sum += distance_of(a, b, directions(options.projections, a.cols, random));
  }
  return sum / levels;
}

double diversity(const std::vector<Planes>& results, const std::vector<Planes>& truths) {
  if (!all_finite(results) || !all_finite(truths)) return kNotKnown;
  const double of_truths = mean_difference(truths);
  return of_truths > 0 ? mean_difference(results) / of_truths : kNotKnown;
}

}  // namespace imago

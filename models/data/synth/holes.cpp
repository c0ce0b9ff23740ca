#include "models/data/synth/holes.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "models/data/synth/points.h"

namespace imago {
namespace {

constexpr uint8_t kGrey = 128, kWhite = 255;

Point draw_point(RandomStream& random, const Picture& photo) {
  const double x = random.uniform(0, photo.width - 1), y = random.uniform(0, photo.height - 1);
  return {x, y};
}

/// Turned rectangles and ellipses, a tenth to four tenths of the picture's shorter side.
void paint_shape(cv::Mat& mask, const Picture& photo, bool round, RandomStream& random) {
  const double side = std::min(photo.width, photo.height);
  const Point centre = draw_point(random, photo);
  const double width = side * random.uniform(0.1, 0.4), height = side * random.uniform(0.1, 0.4);
  const double angle = random.chance(0.5) ? 0 : random.uniform(0, 180);
  const cv::RotatedRect box(
      {static_cast<float>(centre.x), static_cast<float>(centre.y)},
      {static_cast<float>(std::max(width, 1.0)), static_cast<float>(std::max(height, 1.0))},
      static_cast<float>(angle));
  if (round) return cv::ellipse(mask, box, cv::Scalar(1), cv::FILLED);
  cv::Point2f corners[4];
  box.points(corners);
  std::vector<cv::Point> outline;
  for (const cv::Point2f& corner : corners)
    outline.push_back(rounded({static_cast<double>(corner.x), static_cast<double>(corner.y)}));
  cv::fillConvexPoly(mask, outline, cv::Scalar(1));
}

/// As scratches and the marks of a brush: a few bends, a hundredth to a twelfth of the side broad.
void paint_stroke(cv::Mat& mask, const Picture& photo, RandomStream& random) {
  const double side = std::min(photo.width, photo.height);
  const int thickness =
      std::max(1, static_cast<int>(std::lround(side * random.uniform(0.01, 0.08))));
  Point at = draw_point(random, photo);
  double angle = random.uniform(0, 2 * CV_PI);
  for (int64_t bends = 2 + random.below(6); bends > 0; --bends) {
    angle += random.uniform(-1, 1);
    const double length = side * random.uniform(0.05, 0.25);
    const Point next = {at.x + length * std::cos(angle), at.y + length * std::sin(angle)};
    cv::line(mask, rounded(at), rounded(next), cv::Scalar(1), thickness);
    at = next;
  }
}

Picture painted(const Picture& photo, const cv::Mat& mask, uint8_t value) {
  Picture result = photo;
  for (int y = 0; y < photo.height; ++y)
    for (int x = 0; x < photo.width; ++x)
      if (mask.at<uint8_t>(y, x) != 0)
        std::fill_n(result.row(y) + static_cast<ptrdiff_t>(x) * photo.channels, photo.channels,
                    value);
  return result;
}

}  // namespace

Picture with_blank(const Picture& photo) {
  const auto hole = [](int side) { return std::max(1, static_cast<int>(side * 0.3)); };
  const int width = hole(photo.width), height = hole(photo.height);
  cv::Mat mask(photo.height, photo.width, CV_8U, cv::Scalar(0));
  mask(cv::Rect((photo.width - width) / 2, (photo.height - height) / 2, width, height)).setTo(1);
  return painted(photo, mask, kWhite);
}

Picture with_holes(const Picture& photo, RandomStream& random) {
  if (random.chance(0.15)) return with_blank(photo);
  const uint8_t value = random.chance(0.5) ? kGrey : kWhite;
  cv::Mat mask(photo.height, photo.width, CV_8U, cv::Scalar(0));
  const auto enough = static_cast<int>(mask.total() / 3);
  int64_t holes = 1 + random.below(5);
  while (holes-- > 0 && cv::countNonZero(mask) < enough) {
    const int64_t shape = random.below(3);
    if (shape == 2)
      paint_stroke(mask, photo, random);
    else
      paint_shape(mask, photo, shape == 1, random);
  }
  return painted(photo, mask, value);
}

}  // namespace imago

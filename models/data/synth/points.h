// Places in a photo that are drawn or painted at.
#pragma once

#include <cmath>
#include <opencv2/core.hpp>

namespace imago {

/// In pixels; whole numbers are pixels' centres.
struct Point {
  double x, y;
};

inline cv::Point rounded(const Point& point) {
  return {static_cast<int>(std::lround(point.x)), static_cast<int>(std::lround(point.y))};
}

}  // namespace imago

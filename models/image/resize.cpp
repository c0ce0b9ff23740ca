#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "models/image/image.h"

namespace imago {
namespace {

/// One direction at a time, so that up along one side and down along the other each get the filter
/// that suits them.
cv::Mat resize_side(const cv::Mat& source, int width, int height) {
  const bool up = width > source.cols || height > source.rows;
  cv::Mat result;
  cv::resize(source, result, {width, height}, 0, 0, up ? cv::INTER_LANCZOS4 : cv::INTER_AREA);
  return result;
}

}  // namespace

std::vector<float> resize_plane(const std::vector<float>& plane, int width, int height,
                                int new_width, int new_height) {
  const auto count =
      static_cast<size_t>(std::max(width, 0)) * static_cast<size_t>(std::max(height, 0));
  if (count == 0 || new_width < 1 || new_height < 1 ||
      (plane.size() != count && plane.size() != 3 * count)) {
    throw ImageError("cannot resize " + std::to_string(plane.size()) + " values from " +
                     std::to_string(width) + "×" + std::to_string(height) + " to " +
                     std::to_string(new_width) + "×" + std::to_string(new_height));
  }
  const int type = plane.size() == count ? CV_32FC1 : CV_32FC3;
  try {
    const cv::Mat source(height, width, type, const_cast<float*>(plane.data()));
    cv::Mat result = resize_side(resize_side(source, new_width, height), new_width, new_height);
    if (!result.isContinuous()) result = result.clone();
    const auto* values = result.ptr<float>();
    std::vector<float> resized(values, values + result.total() * result.channels());
    // Lanczos overshoots at edges.
    for (float& value : resized) value = std::clamp(value, 0.0f, 1.0f);
    return resized;
  } catch (const cv::Exception& error) {
    throw ImageError("cannot resize the picture (" + error.err + ")");
  }
}

}  // namespace imago

#include "models/measure/pictures.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <string>

#include "compute/base/error.h"

namespace imago {

Planes planes_of(const Shape& shape, const std::vector<float>& values) {
  Planes planes(static_cast<int>(shape.c), static_cast<int>(shape.h), static_cast<int>(shape.w));
  planes.values = values;
  return planes;
}

Planes with_channels(const Planes& picture, int channels) {
  if (picture.channels == channels) return picture;
  Planes result(channels, picture.height, picture.width);
  const size_t plane = result.values.size() / static_cast<size_t>(channels);
  const std::vector<float>& from = picture.values;
  if (picture.channels == 1 && channels == 3) {
    for (size_t i = 0; i < result.values.size(); ++i) result.values[i] = from[i % plane];
    return result;
  }
  if (picture.channels == 3 && channels == 1) {
    for (size_t i = 0; i < plane; ++i)
      result.values[i] = luma_of(from[i], from[plane + i], from[2 * plane + i]);
    return result;
  }
  throw ShapeError("a picture of " + std::to_string(picture.channels) +
                   " channels cannot be looked at as one of " + std::to_string(channels));
}

Planes resized(const Planes& picture, int width, int height) {
  if (picture.width == width && picture.height == height) return picture;
  Planes result(picture.channels, height, width);
  const bool smaller = width < picture.width && height < picture.height;
  for (int c = 0; c < picture.channels; ++c) {
    const cv::Mat from(picture.height, picture.width, CV_32F,
                       const_cast<float*>(picture.row(c, 0)));
    cv::Mat to(height, width, CV_32F, result.row(c, 0));
    cv::resize(from, to, to.size(), 0, 0, smaller ? cv::INTER_AREA : cv::INTER_LINEAR);
  }
  return result;
}

}  // namespace imago

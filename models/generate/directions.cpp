#include "models/generate/directions.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "compute/base/error.h"

namespace imago {
namespace {

/// Adds A^T A of a matrix of `columns` columns, row by row.
void add_products(cv::Mat& sum, const std::vector<float>& rows, int columns) {
  const cv::Mat a(static_cast<int>(rows.size()) / columns, columns, CV_32F,
                  const_cast<float*>(rows.data()));
  cv::Mat wide;
  a.convertTo(wide, CV_64F);
  sum += wide.t() * wide;
}

/// Sorted by eigenvalue; `scale` by which the deviations of the eigenvalues are told, 0: all 1.
Directions eigenvectors(const cv::Mat& symmetric, double scale) {
  cv::Mat values, vectors;
  cv::eigen(symmetric, values, vectors);
  Directions directions;
  for (int i = 0; i < vectors.rows; ++i) {
    LatentPoint& vector = directions.vectors.emplace_back();
    for (int k = 0; k < vectors.cols; ++k)
      vector.push_back(static_cast<float>(vectors.at<double>(i, k)));
    const double value = std::max(values.at<double>(i), 0.0);
    directions.units.push_back(scale > 0 ? std::sqrt(value * scale) : 1);
  }
  return directions;
}

/// Weights {rows, columns, 1, 1}, or of a transposed convolution {columns, channels, k, k}.
struct FirstLayer {
  const char* key;
  bool transposed;
};
constexpr FirstLayer kFirstLayers[] = {
    {"main.0.weight", true}, {"hidden1.weight", false}, {"latent.weight", false}};

std::vector<float> transposed(const std::vector<float>& values, size_t rows) {
  const size_t columns = values.size() / rows;
  std::vector<float> result(values.size());
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < columns; ++c) result[c * rows + r] = values[r * columns + c];
  return result;
}

}  // namespace

Directions sefa_directions(const Generator& generator) {
  const int size = generator.info.latent;
  cv::Mat sum = cv::Mat::zeros(size, size, CV_64F);
  bool any = false;
  if (generator.info.architecture == "stylegan2") {
    for (const auto& [key, tensor] : generator.weights) {
      if (!key.ends_with(".modulation.weight") || key.starts_with("to_rgb")) continue;
      add_products(sum, tensor.to_float(), size);
      any = true;
    }
  } else {
    for (const FirstLayer& layer : kFirstLayers) {
      const HostTensor* weight = generator.weights.find(layer.key);
      if (!weight || any) continue;
      const std::vector<float> values = weight->to_float();
      add_products(sum, layer.transposed ? transposed(values, static_cast<size_t>(size)) : values,
                   size);
      any = true;
    }
  }
  if (!any)
    throw Error(generator.info.name + " (" + generator.info.architecture +
                "): which of its layers takes the random numbers is not known");
  return eigenvectors(sum, 0);
}

Directions pca_directions(LatentSpace& space, int samples) {
  if (!space.has_styles())
    throw Error(space.generator().info.name +
                ": random numbers have no direction that is longer than others, so that pca finds "
                "none; choose sefa");
  const int size = space.size();
  cv::Mat points(samples, size, CV_64F);
  for (int i = 0; i < samples; ++i) {
    const LatentPoint w = space.point({static_cast<uint64_t>(i)});
    for (int k = 0; k < size; ++k) points.at<double>(i, k) = double{w[static_cast<size_t>(k)]};
  }
  cv::Mat mean;
  cv::reduce(points, mean, 0, cv::REDUCE_AVG);
  for (int i = 0; i < samples; ++i) points.row(i) -= mean;
  return eigenvectors(points.t() * points, 1.0 / samples);
}

}  // namespace imago

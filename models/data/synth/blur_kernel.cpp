#include "models/data/synth/blur_kernel.h"

#include <math.h>  // j1 is not in <cmath>

#include <cmath>
#include <numbers>

namespace imago {
namespace {

/// weight(x, y) around the centre, normalised.
template <typename Weight>
std::vector<float> make_kernel(int size, Weight weight) {
  std::vector<double> weights;
  double sum = 0;
  const int radius = size / 2;
  for (int y = -radius; y <= radius; ++y)
    for (int x = -radius; x <= radius; ++x) {
      weights.push_back(weight(x, y));
      sum += weights.back();
    }
  std::vector<float> kernel;
  for (const double value : weights) kernel.push_back(static_cast<float>(value / sum));
  return kernel;
}

}  // namespace

std::vector<float> blur_kernel(int size, const BlurShape& shape) {
  const double cosine = std::cos(shape.rotation), sine = std::sin(shape.rotation);
  return make_kernel(size, [&](int x, int y) {
    const double u = (cosine * x + sine * y) / shape.sigma_x;
    const double v = (cosine * y - sine * x) / shape.sigma_y;
    const double distance = u * u + v * v;
    switch (shape.kind) {
      case KernelShape::generalised:
        return std::exp(-0.5 * std::pow(distance, shape.beta));
      case KernelShape::plateau:
        return 1 / (1 + std::pow(distance, shape.beta));
      case KernelShape::gaussian:
        break;
    }
    return std::exp(-0.5 * distance);
  });
}

std::vector<float> sinc_kernel(int size, double cutoff) {
  return make_kernel(size, [cutoff](int x, int y) {
    if (x == 0 && y == 0) return cutoff * cutoff / (4 * std::numbers::pi);  // the limit
    const double r = std::hypot(x, y);
    return cutoff * ::j1(cutoff * r) / (2 * std::numbers::pi * r);
  });
}

}  // namespace imago

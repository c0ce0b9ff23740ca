#include "models/measure/metrics.h"

#include <array>
#include <cmath>
#include <limits>
#include <string>

namespace imago {
namespace {

constexpr int kWindow = 11;

std::string size_of(const Planes& p) {
  return std::to_string(p.channels) + "x" + std::to_string(p.height) + "x" +
         std::to_string(p.width);
}

void check(const Planes& result, const Planes& truth, const MetricOptions& options, int smallest) {
  if (result.channels != truth.channels || result.height != truth.height ||
      result.width != truth.width)
    throw ShapeError("cannot compare a picture of " + size_of(result) + " with one of " +
                     size_of(truth));
  const int border = 2 * options.border;
  if (options.border < 0 || result.channels < 1 || result.height - border < smallest ||
      result.width - border < smallest)
    throw ShapeError("a picture of " + size_of(result) + " has less than " +
                     std::to_string(smallest) + "x" + std::to_string(smallest) +
                     " pixels inside a border of " + std::to_string(options.border));
}

/// What is measured: 0…1, without the border.
Planes measured(const Planes& picture, const MetricOptions& options) {
  const int border = options.border;
  Planes result(options.luma ? 1 : picture.channels, picture.height - 2 * border,
                picture.width - 2 * border);
  const auto value = [&](int c, int y, int x) {
    const double v = picture.row(c, y + border)[x + border];
    return (v - options.low) / (options.high - options.low);
  };
  const int green = picture.channels >= 3 ? 1 : 0, blue = picture.channels >= 3 ? 2 : 0;
  for (int c = 0; c < result.channels; ++c)
    for (int y = 0; y < result.height; ++y)
      for (int x = 0; x < result.width; ++x)
        result.row(c, y)[x] = static_cast<float>(options.luma ? (16 + 65.481 * value(0, y, x) +
                                                                 128.553 * value(green, y, x) +
                                                                 24.966 * value(blue, y, x)) /
                                                                    255
                                                              : value(c, y, x));
  return result;
}

/// The mean of power(|difference|) over everything measured.
template <typename Power>
double mean_difference(const Planes& result, const Planes& truth, const MetricOptions& options,
                       Power power) {
  check(result, truth, options, 1);
  const Planes a = measured(result, options), b = measured(truth, options);
  double sum = 0;
  for (size_t i = 0; i < a.values.size(); ++i)
    sum += power(std::abs(static_cast<double>(a.values[i]) - b.values[i]));
  return sum / static_cast<double>(a.values.size());
}

std::array<double, kWindow> gaussian() {
  constexpr double kSigma = 1.5;
  std::array<double, kWindow> weights;
  double sum = 0;
  for (int i = 0; i < kWindow; ++i) {
    const double x = (i - kWindow / 2) / kSigma;
    sum += weights[static_cast<size_t>(i)] = std::exp(-x * x / 2);
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// The window's mean of value(x, y) at all places where it lies inside, rows first, then columns.
template <typename Value>
std::vector<double> window_means(int width, int height, Value value) {
  static const std::array<double, kWindow> kWeights = gaussian();
  const int columns = width - kWindow + 1, rows = height - kWindow + 1;
  std::vector<double> along(static_cast<size_t>(columns) * static_cast<size_t>(height));
  std::vector<double> means(static_cast<size_t>(columns) * static_cast<size_t>(rows));
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < columns; ++x)
      for (int k = 0; k < kWindow; ++k)
        along[static_cast<size_t>(y * columns + x)] +=
            kWeights[static_cast<size_t>(k)] * value(x + k, y);
  for (int y = 0; y < rows; ++y)
    for (int k = 0; k < kWindow; ++k)
      for (int x = 0; x < columns; ++x)
        means[static_cast<size_t>(y * columns + x)] +=
            kWeights[static_cast<size_t>(k)] * along[static_cast<size_t>((y + k) * columns + x)];
  return means;
}

/// Wang et al. 2004, equation 13, with alpha = beta = gamma = 1 and L = 1.
double ssim_of_channel(const Planes& a, const Planes& b, int c) {
  constexpr double kC1 = 0.01 * 0.01, kC2 = 0.03 * 0.03;
  const auto at = [c](const Planes& p, int x, int y) {
    return static_cast<double>(p.row(c, y)[x]);
  };
  const auto means = [&](auto value) { return window_means(a.width, a.height, value); };
  const auto mean_a = means([&](int x, int y) { return at(a, x, y); });
  const auto mean_b = means([&](int x, int y) { return at(b, x, y); });
  const auto mean_aa = means([&](int x, int y) { return at(a, x, y) * at(a, x, y); });
  const auto mean_bb = means([&](int x, int y) { return at(b, x, y) * at(b, x, y); });
  const auto mean_ab = means([&](int x, int y) { return at(a, x, y) * at(b, x, y); });
  double sum = 0;
  for (size_t i = 0; i < mean_a.size(); ++i) {
    const double product = mean_a[i] * mean_b[i];
    const double squares = mean_a[i] * mean_a[i] + mean_b[i] * mean_b[i];
    const double covariance = mean_ab[i] - product;
    const double variances = mean_aa[i] + mean_bb[i] - squares;
    sum += (2 * product + kC1) * (2 * covariance + kC2) / ((squares + kC1) * (variances + kC2));
  }
  return sum / static_cast<double>(mean_a.size());
}

}  // namespace

double psnr(const Planes& result, const Planes& truth, const MetricOptions& options) {
  const double error = mean_difference(result, truth, options, [](double d) { return d * d; });
  return error == 0 ? std::numeric_limits<double>::infinity() : -10 * std::log10(error);
}

double ssim(const Planes& result, const Planes& truth, const MetricOptions& options) {
  check(result, truth, options, kWindow);
  const Planes a = measured(result, options), b = measured(truth, options);
  double sum = 0;
  for (int c = 0; c < a.channels; ++c) sum += ssim_of_channel(a, b, c);
  return sum / a.channels;
}

double mean_absolute_error(const Planes& result, const Planes& truth,
                           const MetricOptions& options) {
  return mean_difference(result, truth, options, [](double d) { return d; });
}

}  // namespace imago

#include "models/measure/sounds/spectrum.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/core.hpp>

namespace imago {
namespace {

constexpr size_t kSpectrumWindow = 256, kStep = 128, kFrequencies = kSpectrumWindow / 2 + 1;
constexpr double kRange = 60, kShownRange = 80;  // dB

double decibels(double power) { return 10 * std::log10(std::max(power, 1e-20)); }

}  // namespace

std::vector<std::vector<float>> spectrogram(std::span<const float> samples) {
  std::vector<std::vector<float>> stretches;
  cv::Mat window(1, static_cast<int>(kSpectrumWindow), CV_32F), spectrum;
  for (size_t begin = 0; begin + kSpectrumWindow <= samples.size(); begin += kStep) {
    for (size_t i = 0; i < kSpectrumWindow; ++i) {
      const double turn = 2 * std::numbers::pi * static_cast<double>(i) / kSpectrumWindow;
      window.at<float>(static_cast<int>(i)) =
          samples[begin + i] * static_cast<float>(0.5 - 0.5 * std::cos(turn));
    }
    cv::dft(window, spectrum, cv::DFT_COMPLEX_OUTPUT);
    std::vector<float>& bins = stretches.emplace_back();
    for (size_t k = 0; k < kFrequencies; ++k) {
      const auto value = spectrum.at<cv::Vec2f>(static_cast<int>(k));
      bins.push_back(std::hypot(value[0], value[1]) * 4 / kSpectrumWindow);
    }
  }
  return stretches;
}

std::vector<double> mean_spectrum(const std::vector<std::span<const float>>& sounds) {
  std::vector<double> mean(kFrequencies);
  double count = 0;
  for (const std::span<const float> sound : sounds)
    for (const std::vector<float>& bins : spectrogram(sound)) {
      for (size_t k = 0; k < kFrequencies; ++k) mean[k] += double{bins[k]} * double{bins[k]};
      ++count;
    }
  for (double& power : mean) power /= std::max(count, 1.0);
  return mean;
}

double spectral_distance(const std::vector<double>& of, const std::vector<double>& from) {
  const double floor = decibels(*std::ranges::max_element(of)) - kRange;
  double sum = 0;
  for (size_t k = 0; k < of.size(); ++k) {
    const double a = std::max(decibels(of[k]), floor), b = std::max(decibels(from[k]), floor);
    sum += (a - b) * (a - b);
  }
  return std::sqrt(sum / static_cast<double>(of.size()));
}

Image draw_spectrogram(std::span<const float> samples) {
  const std::vector<std::vector<float>> stretches = spectrogram(samples);
  Image image;
  image.width = static_cast<int>(std::max<size_t>(stretches.size(), 1));
  image.height = static_cast<int>(kFrequencies);
  image.channels = 1;
  image.pixels.assign(static_cast<size_t>(image.width) * kFrequencies, 0.0f);
  for (size_t t = 0; t < stretches.size(); ++t)
    for (size_t k = 0; k < kFrequencies; ++k) {
      const double power = double{stretches[t][k]} * double{stretches[t][k]};
      image.pixels[(kFrequencies - 1 - k) * static_cast<size_t>(image.width) + t] =
          static_cast<float>(std::clamp(decibels(power) / kShownRange + 1, 0.0, 1.0));
    }
  return image;
}

}  // namespace imago

#include "models/data/synth/degrade.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "models/data/dataset.h"
#include "models/data/synth/blur_kernel.h"
#include "tests/data/support.h"

namespace imago::test {
namespace {

constexpr double kPi = std::numbers::pi;

/// Sum of kernel * f(x, y), x and y from the centre.
template <typename F>
double moment(const std::vector<float>& kernel, int size, F f) {
  double sum = 0;
  for (int y = 0; y < size; ++y)
    for (int x = 0; x < size; ++x)
      sum += static_cast<double>(kernel[static_cast<size_t>(y * size + x)]) *
             f(x - size / 2, y - size / 2);
  return sum;
}

TEST(BlurKernel, HasTheCovarianceOfItsEllipse) {
  const double a = 0.6, long_axis = 3, short_axis = 1.5;
  const auto kernel = blur_kernel(41, {KernelShape::gaussian, long_axis, short_axis, a});
  const double u = long_axis * long_axis, v = short_axis * short_axis;
  const double c = std::cos(a), s = std::sin(a);
  EXPECT_NEAR(moment(kernel, 41, [](int, int) { return 1; }), 1, 1e-6);
  EXPECT_NEAR(moment(kernel, 41, [](int x, int) { return x * x; }), c * c * u + s * s * v, 1e-3);
  EXPECT_NEAR(moment(kernel, 41, [](int, int y) { return y * y; }), s * s * u + c * c * v, 1e-3);
  EXPECT_NEAR(moment(kernel, 41, [](int x, int y) { return x * y; }), c * s * (u - v), 1e-3);
}

TEST(BlurKernel, GeneralisedAndPlateauFallOffAsTheirFormulas) {
  // Ratios at 3 and 0 pixels from the centre, worked out by hand for sigma 2: d² = 2.25.
  const auto ratio = [](const std::vector<float>& kernel) {
    return kernel[10 * 21 + 13] / kernel[10 * 21 + 10];
  };
  EXPECT_NEAR(ratio(blur_kernel(21, {KernelShape::generalised, 2, 2, 0, 2})),
              std::exp(-0.5 * 2.25 * 2.25), 1e-6);
  EXPECT_NEAR(ratio(blur_kernel(21, {KernelShape::plateau, 2, 2, 0, 2})), 1 / (1 + 2.25 * 2.25),
              1e-6);
  EXPECT_EQ(blur_kernel(21, {KernelShape::generalised, 2, 1, 0.3, 1}),
            blur_kernel(21, {KernelShape::gaussian, 2, 1, 0.3, 1}));
}

TEST(BlurKernel, SincPassesLowFrequenciesOnly) {
  const int size = 81;  // large, so that the ideal filter shows
  const double cutoff = kPi / 3;
  const auto kernel = sinc_kernel(size, cutoff);
  for (const double angle : {0.0, 0.7}) {
    const auto response = [&](double frequency) {
      return moment(kernel, size, [&](int x, int y) {
        return std::cos(frequency * (std::cos(angle) * x + std::sin(angle) * y));
      });
    };
    EXPECT_NEAR(response(0), 1, 1e-5);
    EXPECT_NEAR(response(0.6 * cutoff), 1, 0.06);
    EXPECT_NEAR(response(1.5 * cutoff), 0, 0.06);
  }
}

/// Nothing random but what a test turns on.
DegradationOptions gentle() {
  DegradationStage none;
  none.blur_probability = none.enlarge_probability = none.reduce_probability = 0;
  none.gaussian_probability = 1;
  none.grey_noise_probability = 0;
  none.gaussian_sigma = {0, 0};
  none.jpeg_quality = {100, 100};
  return {none, none, 0};
}

Picture plain(int side, uint8_t red, uint8_t green, uint8_t blue) {
  Picture picture(side, side, 3);
  for (size_t i = 0; i < picture.values.size(); i += 3) {
    picture.values[i] = red;
    picture.values[i + 1] = green;
    picture.values[i + 2] = blue;
  }
  return picture;
}

Picture degrade_with(const Picture& picture, int scale, const DegradationOptions& options,
                     uint64_t index = 0) {
  RandomStream random(5, Purpose::degradation, index);
  return degrade(picture, scale, options, random);
}

struct Statistics {
  double mean[3] = {}, deviation[3] = {};
  double correlation = 0;  // of red and green
};

Statistics statistics_of(const Picture& picture) {
  Statistics result;
  const auto count = static_cast<double>(picture.values.size() / 3);
  double squares[3] = {}, product = 0;
  for (size_t i = 0; i < picture.values.size(); ++i) {
    result.mean[i % 3] += picture.values[i] / count;
    squares[i % 3] += picture.values[i] * picture.values[i] / count;
    if (i % 3 == 0) product += picture.values[i] * picture.values[i + 1] / count;
  }
  for (int c = 0; c < 3; ++c)
    result.deviation[c] = std::sqrt(std::max(0.0, squares[c] - result.mean[c] * result.mean[c]));
  const double both = result.deviation[0] * result.deviation[1];
  if (both > 0) result.correlation = (product - result.mean[0] * result.mean[1]) / both;
  return result;
}

TEST(Degrade, NothingTurnedOnChangesNothing) {
  const Picture small = degrade_with(plain(64, 200, 90, 30), 4, gentle());
  ASSERT_EQ(small.width, 16);
  ASSERT_EQ(small.height, 16);
  const Statistics found = statistics_of(small);
  const double expected[] = {200, 90, 30};
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(found.mean[c], expected[c], 2) << c;  // JPEG rounds its colours, twice
    EXPECT_NEAR(found.deviation[c], 0, 0.5) << c;
  }
}

TEST(Degrade, GaussianNoiseIsAsStrongAsAskedFor) {
  DegradationOptions options = gentle();
  options.second.gaussian_sigma = {12, 12};
  options.second.grey_noise_probability = 1;  // grey, so that JPEG's coarse colour takes none of it
  const Statistics grey = statistics_of(degrade_with(plain(96, 128, 128, 128), 1, options));
  for (int c = 0; c < 3; ++c) {
    EXPECT_NEAR(grey.mean[c], 128, 1);
    EXPECT_NEAR(grey.deviation[c], 12, 0.6);
  }
  EXPECT_GT(grey.correlation, 0.99);
  options.second.grey_noise_probability = 0;
  const Statistics colour = statistics_of(degrade_with(plain(96, 128, 128, 128), 1, options));
  EXPECT_LT(colour.correlation, 0.9);
}

TEST(Degrade, PoissonNoiseGrowsWithLight) {
  DegradationOptions options = gentle();
  options.second.gaussian_probability = 0;
  options.second.grey_noise_probability = 1;
  options.second.poisson_scale = {0.5, 0.5};
  // Left dark, right bright: more than one value, so 2 photons for white (or more, where JPEG left
  // other values behind), the same for both sides.
  Picture picture = plain(96, 40, 40, 40);
  for (int y = 0; y < 96; ++y) std::fill_n(picture.row(y) + 3 * 48, 3 * 48, uint8_t{160});
  const Picture noisy = degrade_with(picture, 1, options);
  const Statistics dark = statistics_of(part(noisy, 0, 0, 44, 96));
  const Statistics bright = statistics_of(part(noisy, 52, 0, 44, 96));
  EXPECT_GT(dark.deviation[0], 5);
  EXPECT_GT(bright.deviation[0], 1.3 * dark.deviation[0]);
}

TEST(Degrade, BlurSmoothsAndJpegIsCoarserAtLowQuality) {
  Picture board(64, 64, 3);
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x)
      std::fill_n(board.row(y) + 3 * x, 3, static_cast<uint8_t>((x / 2 + y / 2) % 2 ? 200 : 50));
  const double before = statistics_of(degrade_with(board, 1, gentle())).deviation[0];
  EXPECT_NEAR(before, 75, 3);
  DegradationOptions blur = gentle();
  blur.first.blur_probability = 1;
  blur.first.sinc_probability = 0;
  blur.first.kernel_probabilities = {1, 0, 0, 0, 0, 0};
  blur.first.sigma = {2, 2};
  EXPECT_LT(statistics_of(degrade_with(board, 1, blur)).deviation[0], 15);

  const auto error_at = [&](double quality) {
    DegradationOptions options = gentle();
    options.first.jpeg_quality = {quality, quality};
    const Picture result = degrade_with(board, 1, options);
    double sum = 0;
    for (size_t i = 0; i < result.values.size(); ++i)
      sum += std::abs(result.values[i] - board.values[i]);
    return sum / static_cast<double>(result.values.size());
  };
  EXPECT_LT(error_at(100), 3);
  EXPECT_GT(error_at(30), 1.5 * error_at(95));
}

TEST(Degrade, TheDefaultsKeepTheLightAndVary) {
  Picture photo(64, 48, 3);
  for (int y = 0; y < 48; ++y)
    for (int x = 0; x < 64; ++x)
      for (int c = 0; c < 3; ++c)
        photo.row(y)[3 * x + c] = static_cast<uint8_t>(60 + 2 * x + y + 10 * c);
  const double light = statistics_of(photo).mean[1];
  double mean = 0;
  constexpr int kCount = 60;
  for (uint64_t index = 0; index < kCount; ++index) {
    const Picture small = degrade_with(photo, 4, {}, index);
    ASSERT_EQ(small.width, 16);
    ASSERT_EQ(small.height, 12);
    EXPECT_EQ(small, degrade_with(photo, 4, {}, index));
    EXPECT_NE(small, degrade_with(photo, 4, {}, index + 1));
    mean += statistics_of(small).mean[1] / kCount;
  }
  EXPECT_NEAR(mean, light, 4);
  // The smallest crops, and sides of a single pixel.
  EXPECT_EQ(degrade_with(plain(4, 9, 9, 9), 4, {}).width, 1);
  EXPECT_THROW(degrade_with(plain(6, 9, 9, 9), 4, {}), DataError);
  EXPECT_THROW(degrade_with(Picture(8, 8, 1), 4, {}), DataError);
}

TEST(Degrade, ADataSetOfPhotosUsesIt) {
  const TemporaryFolder folder;
  save_png(folder.path() / "a.png", 32, 32, [](int x, int y, int) { return 4 * x + 3 * y; });
  DataOptions options{.kind = DataKind::photos, .dataroot = folder.path(), .crop_size = 32};
  options.flip = false;
  const Batch clean = Dataset(options).batch(0);
  options.degrade = true;
  const Dataset dataset(options);
  const Batch first = dataset.batch(0);
  EXPECT_EQ(first.b, clean.b);
  EXPECT_NE(first.a, clean.a);
  EXPECT_EQ(first.a, dataset.batch(0).a);
  EXPECT_NE(first.a, dataset.batch(1).a);
  EXPECT_EQ(dataset.example(0).a, dataset.example(0).a);
}

}  // namespace
}  // namespace imago::test

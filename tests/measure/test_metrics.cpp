#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "models/measure/metrics.h"

namespace imago {
namespace {

constexpr int kWidth = 23, kHeight = 19;

/// The pictures of tests/fixtures/make_metrics.py, stretched to low…high.
Planes make_picture(bool truth, float low, float high) {
  Planes planes(3, kHeight, kWidth);
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < kWidth; ++x) {
        const int pattern = (x * 37 + y * 91 + c * 53 + x * y * 7) % 256;
        const int other = (x * 29 + y * 17 + c * 71) % 256;
        const double value = truth ? pattern / 255.0 : (pattern * 3 + other) / 1020.0;
        planes.row(c, y)[x] = low + (high - low) * static_cast<float>(value);
      }
  return planes;
}

TEST(Metrics, AgreeWithNumpy) {
  std::ifstream file(std::string(IMAGO_FIXTURES) + "/data/metrics.txt");
  std::string kind;
  int border = 0, lines = 0;
  for (double decibels = 0, similarity = 0, error = 0;
       file >> kind >> border >> decibels >> similarity >> error; ++lines)
    for (const float low : {0.0f, -1.0f}) {
      const MetricOptions options{low, 1, border, kind == "luma"};
      const Planes result = make_picture(false, low, 1), truth = make_picture(true, low, 1);
      EXPECT_NEAR(psnr(result, truth, options), decibels, 1e-5) << kind << border;
      EXPECT_NEAR(ssim(result, truth, options), similarity, 1e-6) << kind << border;
      EXPECT_NEAR(mean_absolute_error(result, truth, options), error, 1e-6) << kind << border;
    }
  EXPECT_EQ(lines, 4);
}

TEST(Metrics, EqualPicturesAreEqual) {
  const Planes picture = make_picture(true, 0, 1);
  EXPECT_EQ(psnr(picture, picture), std::numeric_limits<double>::infinity());
  EXPECT_NEAR(ssim(picture, picture), 1, 1e-12);
  EXPECT_EQ(mean_absolute_error(picture, picture), 0);
}

TEST(Metrics, NoiseThatIsNotFiniteIsNotGood) {
  Planes broken = make_picture(true, 0, 1);
  broken.values[100] = std::nanf("");
  const Planes truth = make_picture(true, 0, 1);
  EXPECT_TRUE(std::isnan(psnr(broken, truth)));
  EXPECT_TRUE(std::isnan(ssim(broken, truth)));
}

TEST(Metrics, SizesMustAgreeAndSuffice) {
  const Planes picture = make_picture(true, 0, 1);
  EXPECT_THROW(psnr(picture, Planes(3, kHeight, kWidth + 1)), ShapeError);
  EXPECT_THROW(psnr(picture, picture, {.border = 10}), ShapeError);
  EXPECT_THROW(ssim(picture, picture, {.border = 5}), ShapeError);
  EXPECT_NO_THROW(ssim(picture, picture, {.border = 4}));
}

}  // namespace
}  // namespace imago

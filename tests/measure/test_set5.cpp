// A published network on published pictures gives the published quality.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <iostream>

#include "models/library/identify.h"
#include "models/translate/translator.h"

namespace imago {
namespace {

namespace fs = std::filesystem;

/// Luma of BT.601 in studio range, 16…235, from 8-bit RGB: what super-resolution papers measure.
double luma(const Image& image, int x, int y) {
  const float* pixel =
      &image.pixels[3 * (static_cast<size_t>(y) * static_cast<size_t>(image.width) +
                         static_cast<size_t>(x))];
  const auto byte = [](float v) { return std::round(v * 255.0); };
  return 16 + (65.481 * byte(pixel[0]) + 128.553 * byte(pixel[1]) + 24.966 * byte(pixel[2])) / 255;
}

double psnr(const Image& result, const Image& truth, int border) {
  double sum = 0;
  int64_t count = 0;
  for (int y = border; y < result.height - border; ++y)
    for (int x = border; x < result.width - border; ++x, ++count)
      sum += std::pow(luma(result, x, y) - luma(truth, x, y), 2);
  return 10 * std::log10(255.0 * 255.0 / (sum / static_cast<double>(count)));
}

TEST(Set5, SrganReachesItsPublishedPsnr) {
  const fs::path data = IMAGO_SHARED_DATA;
  const fs::path model = data / "checkpoints" / "srgan_x4_leftthomas.pth";
  if (!fs::exists(model)) GTEST_SKIP() << "skipped: " << model << " is not here";
  Translator translator(load_generator(model));
  double total = 0;
  int pictures = 0;
  for (const auto& entry : fs::directory_iterator(data / "eval" / "set5_lr_x4")) {
    const Image result = translator.translate(load_image(entry.path()), {});
    total += psnr(result, load_image(data / "eval" / "set5" / entry.path().filename()), 4);
    ++pictures;
  }
  ASSERT_EQ(pictures, 5);
  std::cout << "Set5: " << total / pictures << " dB\n";
  EXPECT_NEAR(total / pictures, 30.66, 0.02);
}

}  // namespace
}  // namespace imago

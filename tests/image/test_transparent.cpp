// Colours under full transparency, and alpha at another size.
#include <gtest/gtest.h>

#include "models/image/alpha.h"
#include "tests/image/support.h"

namespace imago::test {
namespace {

/// A disc of visible pixels; what it hides elsewhere is `hidden`.
Image disc(float hidden, int channels = 3) {
  Image image = sample_image(31, 23, channels, 8, true);
  for (int y = 0; y < 23; ++y)
    for (int x = 0; x < 31; ++x) {
      const auto i = static_cast<size_t>(y * 31 + x);
      const bool inside = (x - 15) * (x - 15) + (y - 9) * (y - 9) < 40;
      image.alpha[i] = inside ? 0.5f + 0.5f * static_cast<float>(x % 2) : 0.0f;
      for (int c = 0; c < channels && !inside; ++c)
        image.pixels[i * static_cast<size_t>(channels) + static_cast<size_t>(c)] = hidden;
    }
  return image;
}

TEST(Transparent, HiddenColoursDoNotMatter) {
  for (const int channels : {1, 3}) {
    Image black = disc(0, channels), green = disc(0.8f, channels);
    ASSERT_NE(black.pixels, green.pixels);
    const Image before = black;
    fill_transparent(black);
    fill_transparent(green);
    EXPECT_EQ(black.pixels, green.pixels);
    EXPECT_EQ(black.alpha, before.alpha);
    for (size_t i = 0; i < black.alpha.size(); ++i)
      if (before.alpha[i] > 0)
        for (size_t c = 0; c < static_cast<size_t>(channels); ++c) {
          const size_t at = i * static_cast<size_t>(channels) + c;
          ASSERT_EQ(black.pixels[at], before.pixels[at]) << "a visible colour has changed";
        }
  }
}

TEST(Transparent, PixelsBecomeTheMeanOfTheirVisibleNeighbours) {
  Image image = sample_image(4, 1, 1, 8, true);
  image.pixels = {0.2f, 0.9f, 0.6f, 0.9f};
  image.alpha = {1, 0, 0.1f, 0};
  fill_transparent(image);
  EXPECT_NEAR(image.pixels[1], 0.4f, 1e-6);
  EXPECT_NEAR(image.pixels[3], 0.6f, 1e-6);
  image = sample_image(4, 1, 1, 8, true);
  image.pixels = {0.2f, 0.9f, 0.9f, 0.9f};
  image.alpha = {1, 0, 0, 0};
  fill_transparent(image);
  EXPECT_EQ(image.pixels, std::vector<float>(4, 0.2f));
}

TEST(Transparent, RastersAreFilledInTheSameWay) {
  for (const int bits : {8, 16}) {
    Image image = disc(0.6f);
    image.bits = bits;
    Raster raster = to_raster(image);
    fill_transparent(image);
    fill_transparent(raster);
    const Image filled = to_image(raster);
    for (size_t i = 0; i < image.pixels.size(); ++i)
      ASSERT_NEAR(filled.pixels[i], image.pixels[i], 4.0 / ((1 << bits) - 1)) << bits << " " << i;
  }
}

TEST(Transparent, WithNothingVisibleAllIsTheSame) {
  Image image = sample_image(5, 4, 3, 8, true), other = sample_image(5, 4, 3, 8, true);
  for (float& value : other.pixels) value = 1 - value;
  image.alpha.assign(20, 0);
  other.alpha.assign(20, 0);
  fill_transparent(image);
  fill_transparent(other);
  EXPECT_EQ(image.pixels, other.pixels);
}

TEST(Alpha, DoesNotOvershoot) {
  std::vector<float> edge(16 * 12);
  for (size_t i = 0; i < edge.size(); ++i) edge[i] = i % 16 < 8 ? 0.0f : 1.0f;
  for (const int scale : {2, 3, 4}) {
    const std::vector<float> large = resize_alpha(edge, 16, 12, 16 * scale, 12 * scale);
    for (size_t i = 0; i < large.size(); ++i) {
      const int x = static_cast<int>(i) % (16 * scale);
      if (x < 8 * scale - scale) {
        ASSERT_EQ(large[i], 0.0f) << x;
      } else if (x >= 8 * scale + scale) {
        ASSERT_EQ(large[i], 1.0f) << x;
      } else {
        ASSERT_TRUE(large[i] >= 0 && large[i] <= 1);
      }
      if (x > 0) {
        ASSERT_GE(large[i], large[i - 1]) << "it goes up once";
      }
    }
  }
}

TEST(Alpha, IsLinearBetweenCentresAndTheMeanOfAreas) {
  const std::vector<float> pair = {0, 1};
  const std::vector<float> wide = resize_alpha(pair, 2, 1, 4, 1);  // centres at -.25 .25 .75 1.25
  EXPECT_EQ(wide, (std::vector<float>{0, 0.25f, 0.75f, 1}));
  const std::vector<float> four = {0, 1, 1, 0.5f};
  EXPECT_EQ(resize_alpha(four, 4, 1, 2, 1), (std::vector<float>{0.5f, 0.75f}));
  EXPECT_EQ(resize_alpha(four, 4, 1, 4, 1), four);
  EXPECT_EQ(resize_alpha(four, 2, 2, 1, 2), (std::vector<float>{0.5f, 0.75f}));
  const Image image = sample_image(9, 7, 3, 8, true);
  const std::vector<float> all = resize_alpha(image.alpha, 9, 7, 20, 5);
  const Raster raster = to_raster(image);
  const AlphaScaler scaler(raster, 20, 5);
  std::vector<float> row(20);
  for (int y = 0; y < 5; ++y) {
    scaler.row(y, 0, row);
    for (size_t x = 0; x < 20; ++x) ASSERT_EQ(row[x], all[static_cast<size_t>(y) * 20 + x]);
    scaler.row(y, 7, std::span(row).first(9));
    for (size_t x = 0; x < 9; ++x) ASSERT_EQ(row[x], all[static_cast<size_t>(y) * 20 + 7 + x]);
  }
}

}  // namespace
}  // namespace imago::test

// Encoding: round trips, rounding, alpha, limits. Pillow as a second reader is in test_metadata.
#include <gtest/gtest.h>

#include <limits>

#include "tests/image/support.h"

namespace imago::test {
namespace {

struct Kind {
  const char* format;
  int channels, bits;
  bool alpha;
  int quality = 100;
};

void PrintTo(const Kind& kind, std::ostream* out) {
  *out << kind.format << ", " << kind.channels << " channels" << (kind.alpha ? " + alpha" : "")
       << ", " << kind.bits << " bits";
}

class RoundTrip : public testing::TestWithParam<Kind> {};

TEST_P(RoundTrip, KeepsEveryValue) {
  const Kind& kind = GetParam();
  const Image image = sample_image(7, 5, kind.channels, kind.bits, kind.alpha);
  const File file = encode_image(image, {.format = kind.format, .quality = kind.quality});
  EXPECT_EQ(probe_image(file).format, kind.format);
  const Image back = decode_image(file);
  ASSERT_EQ(back.width, 7);
  ASSERT_EQ(back.height, 5);
  EXPECT_EQ(back.bits, kind.bits);
  EXPECT_EQ(back.alpha, image.alpha);
  ASSERT_TRUE(back.channels == kind.channels || back.channels == 3);
  const auto step = static_cast<size_t>(back.channels / image.channels);
  for (size_t i = 0; i < back.pixels.size(); ++i) {
    ASSERT_EQ(back.pixels[i], image.pixels[i / step]) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Lossless, RoundTrip,
    testing::Values(Kind{"png", 3, 8, false}, Kind{"png", 3, 16, false}, Kind{"png", 1, 8, false},
                    Kind{"png", 1, 16, false}, Kind{"png", 3, 8, true}, Kind{"png", 3, 16, true},
                    Kind{"png", 1, 8, true}, Kind{"png", 1, 16, true}, Kind{"webp", 3, 8, false},
                    Kind{"webp", 1, 8, false}, Kind{"webp", 3, 8, true}, Kind{"tif", 3, 8, false},
                    Kind{"tif", 3, 16, false}, Kind{"tif", 1, 8, false}, Kind{"tif", 1, 16, false},
                    Kind{"tif", 3, 8, true}, Kind{"tif", 3, 16, true}, Kind{"tif", 1, 16, true},
                    Kind{"bmp", 3, 8, false}, Kind{"bmp", 1, 8, false}, Kind{"ppm", 3, 8, false},
                    Kind{"ppm", 3, 16, false}, Kind{"ppm", 1, 8, false},
                    Kind{"ppm", 1, 16, false}));

/// A slope, which lossy formats keep well.
Image slope(int channels) {
  Image image = sample_image(64, 48, channels, 8, false);
  const auto values = image.pixels.size();
  for (size_t i = 0; i < values; ++i) {
    image.pixels[i] = static_cast<float>(i) / static_cast<float>(values);
  }
  return image;
}

TEST(Lossy, StaysClose) {
  for (const int channels : {1, 3}) {
    for (const char* format : {"jpg", "webp"}) {
      const Image image = slope(channels);
      const Image back = decode_image(encode_image(image, {.format = format, .quality = 95}));
      ASSERT_EQ(back.width, 64);
      const auto step = static_cast<size_t>(back.channels / channels);
      double error = 0;
      for (size_t i = 0; i < back.pixels.size(); ++i) {
        error += std::abs(back.pixels[i] - image.pixels[i / step]);
      }
      EXPECT_LT(error / static_cast<double>(back.pixels.size()), 2.5 / 255) << format << channels;
    }
  }
}

TEST(Lossy, QualityMatters) {
  Image image = sample_image(64, 64, 3, 8, false);
  for (const char* format : {"jpg", "webp"}) {
    const auto size = [&](int quality) {
      return encode_image(image, {.format = format, .quality = quality}).size();
    };
    EXPECT_LT(size(50), size(95)) << format;
  }
}

TEST(Encode, ClampsAndRoundsToNearest) {
  Image image = sample_image(4, 1, 1, 8, false);
  image.pixels = {-0.5f, 1.5f, 100.4f / 255, 100.6f / 255};
  const Image back = decode_image(encode_image(image, {.format = "png"}));
  EXPECT_EQ(back.pixels, (std::vector<float>{0, 1, 100.0f / 255, 101.0f / 255}));
}

TEST(Encode, BlendsAlphaOverWhite) {
  Image image = sample_image(3, 1, 1, 8, true);
  image.pixels = {0.2f, 0.2f, 0.2f};
  image.alpha = {0, 1, 0.5f};
  for (const char* format : {"bmp", "ppm", "jpg"}) {
    const Image back = decode_image(encode_image(image, {.format = format, .quality = 100}));
    EXPECT_TRUE(back.alpha.empty());
    const float tolerance = format == std::string("jpg") ? 3.0f / 255 : 0.5f / 255;
    EXPECT_NEAR(back.pixels[0], 1.0f, tolerance) << format;
    EXPECT_NEAR(back.pixels[1], 0.2f, tolerance) << format;
    EXPECT_NEAR(back.pixels[2], 0.6f, tolerance) << format;
  }
}

TEST(Encode, NotANumberIsNeverWritten) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Image image = sample_image(7, 5, 3, 8, true);
    image.pixels[(2 * 7 + 4) * 3 + 1] = bad;
    const std::string error = error_of([&] { encode_image(image, {.format = "png"}); });
    EXPECT_NE(error.find("(4, 2)"), std::string::npos) << error;
    image = sample_image(7, 5, 3, 8, true);
    image.alpha[3] = bad;
    EXPECT_NE(error_of([&] { encode_image(image, {.format = "jpg"}); }), "");
  }
}

TEST(Encode, MalformedPicturesAreRefused) {
  const Image good = sample_image(3, 2, 3, 8, false);
  const std::vector<void (*)(Image&)> faults = {
      [](Image& image) { image.width = 0; },         [](Image& image) { image.height = -2; },
      [](Image& image) { image.channels = 2; },      [](Image& image) { image.bits = 12; },
      [](Image& image) { image.pixels.pop_back(); }, [](Image& image) { image.alpha = {1}; },
  };
  for (const auto& fault : faults) {
    Image image = good;
    fault(image);
    EXPECT_NE(error_of([&] { encode_image(image, {.format = "png"}); }), "");
  }
  for (const int quality : {0, 101, -5}) {
    EXPECT_NE(error_of([&] { encode_image(good, {.format = "jpg", .quality = quality}); }), "");
  }
}

TEST(Encode, SidesThatTheFormatCannotHoldAreRefused) {
  const Image wide = sample_image(16384, 1, 1, 8, false);
  const std::string error = error_of([&] { encode_image(wide, {.format = "webp"}); });
  EXPECT_NE(error.find("16383"), std::string::npos) << error;
  EXPECT_EQ(decode_image(encode_image(wide, {.format = "png"})).width, 16384);
  const Image wider = sample_image(65501, 1, 1, 8, false);
  EXPECT_NE(error_of([&] { encode_image(wider, {.format = "jpg"}); }).find("65500"),
            std::string::npos);
}

TEST(Encode, UnknownFormatsListTheKnown) {
  const Image image = sample_image(3, 2, 3, 8, false);
  for (const char* format : {"", "gif", "png ", "heic"}) {
    const std::string error = error_of([&] { encode_image(image, {.format = format}); });
    EXPECT_NE(error.find("png, jpg, webp, tif, bmp or ppm"), std::string::npos) << error;
  }
}

}  // namespace
}  // namespace imago::test

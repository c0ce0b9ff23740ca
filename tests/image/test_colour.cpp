// What pictures say of their colours and their resolution, carried from format to format. Asked of
// Pillow with littlecms (tests/fixtures/check_encoded.py) and of the standards' own formulas.
#include <gtest/gtest.h>

#include <array>

#include "tests/image/pillow.h"

namespace imago::test {
namespace {

constexpr auto kScript = "check_encoded.py";

/// Grey steps and colours.
Image chart(int channels = 3) {
  Image image;
  image.width = 16;
  image.height = 4;
  image.channels = channels;
  for (int i = 0; i < 16 * 4; ++i) {
    const auto step = [i](int by) { return static_cast<float>((i * by) % 256) / 255; };
    const float grey = static_cast<float>(i % 16 * 17) / 255;
    for (int c = 0; c < channels; ++c) image.pixels.push_back(i < 32 ? grey : step(29 + 40 * c));
  }
  return image;
}

std::vector<int> numbers(const std::string& text) {
  std::istringstream words(text);
  std::vector<int> all;
  for (int number; words >> number;) all.push_back(number);
  return all;
}

double encode_srgb(double v) {  // IEC 61966-2-1
  v = std::clamp(v, 0.0, 1.0);
  return v <= 0.0031308 ? 12.92 * v : 1.055 * std::pow(v, 1 / 2.4) - 0.055;
}

/// Largest difference in steps of 1/255 of what is shown from `expected`, in [0, 1].
double worst(const std::vector<int>& shown, const std::vector<double>& expected) {
  if (shown.size() != expected.size()) return 1e9;
  double most = 0;
  for (size_t i = 0; i < shown.size(); ++i)
    most = std::max(most, std::abs(shown[i] - 255 * expected[i]));
  return most;
}

/// Of an image whose samples are light itself, in sRGB's own primaries.
std::vector<double> linear_shown(const Image& image) {
  std::vector<double> shown;
  for (size_t i = 0; i < image.pixels.size(); ++i)
    for (int c = 0; c < (image.channels == 1 ? 3 : 1); ++c)
      shown.push_back(encode_srgb(image.pixels[i]));
  return shown;
}

TEST(Colour, ChunksOfAPngAreReadAndWrittenAgain) {
  REQUIRE_PILLOW();
  ColourChunks all;
  all.cicp = {9, 16, 0, 1};
  all.gamma = 100000;
  all.chromaticities = {31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000};
  ColourChunks srgb;
  srgb.srgb = 1;
  Pillow pillow(kScript);
  for (const ColourChunks& colour : {all, srgb}) {
    Image image = chart();
    image.metadata.colour = colour;
    const Image back = decode_image(encode_image(image, {.format = "png"}));
    EXPECT_TRUE(back.metadata.colour == colour);
    EXPECT_EQ(back.pixels, image.pixels);
    pillow.ask("png", encode_image(back, {.format = "png"}), [colour](const Facts& facts) {
      EXPECT_EQ(facts.contains("cICP") ? facts.at("cICP") : "", colour.cicp ? "09100001" : "");
      EXPECT_EQ(facts.contains("gAMA") ? facts.at("gAMA") : "", colour.gamma ? "000186a0" : "");
      EXPECT_EQ(facts.contains("sRGB") ? facts.at("sRGB") : "", colour.srgb ? "01" : "");
      EXPECT_EQ(facts.contains("cHRM") ? facts.at("cHRM") : "",
                colour.chromaticities
                    ? "00007a2600008084000109a000007d000000678400010d8800003a9800001770"
                    : "");
    });
  }
  pillow.put_questions();
}

TEST(Colour, GammaBecomesAProfileWhereTheFormatHasNone) {
  REQUIRE_PILLOW();
  Pillow pillow(kScript);
  for (const int channels : {1, 3})
    for (const char* format : {"jpg", "tif", "webp"}) {
      Image image = chart(channels);
      image.metadata.colour.gamma = 100000;  // light itself
      const File file = encode_image(image, {.format = format, .quality = 100});
      const double tolerance = format == std::string("jpg") ? 12 : 2.5;
      pillow.ask(std::string(format) + std::to_string(channels), file, [=](const Facts& facts) {
        EXPECT_NE(facts.at("profile"), "0");
        // Dark tones of light in 8 bits are coarse: a step of a jpg is many there.
        std::vector<int> shown = numbers(facts.at("srgb"));
        std::vector<double> expected = linear_shown(image);
        for (size_t i = 0; i < expected.size(); ++i)
          if (expected[i] < 0.3 && format == std::string("jpg")) expected[i] = shown[i] / 255.0;
        EXPECT_LT(worst(shown, expected), tolerance);
      });
    }
  pillow.put_questions();
}

TEST(Colour, ChromaticitiesOfAProfileAreThoseOfTheChunk) {
  REQUIRE_PILLOW();
  Pillow pillow(kScript);
  Image image = chart();
  image.pixels.assign(image.pixels.size(), 0);
  for (size_t i = 0; i < image.pixels.size(); i += 3) image.pixels[i + i / 3 % 3] = 0.5f;
  image.metadata.colour.gamma = 45455;
  // Display P3 on D65: its matrix to linear sRGB, as CSS Color 4 has it.
  image.metadata.colour.chromaticities = {31270, 32900, 68000, 32000, 26500, 69000, 15000, 6000};
  constexpr double kToSrgb[3][3] = {
      {1.2249401, -0.2249402, 0}, {-0.0420569, 1.0420571, 0}, {-0.0196376, -0.0786361, 1.0982735}};
  std::vector<double> expected;
  for (size_t i = 0; i < image.pixels.size(); i += 3)
    for (const auto& row : kToSrgb) {
      double light = 0;
      for (size_t c = 0; c < 3; ++c) light += row[c] * std::pow(image.pixels[i + c], 2.2);
      expected.push_back(encode_srgb(light));
    }
  for (const char* format : {"tif", "webp", "bmp", "ppm"})
    pillow.ask(
        format, encode_image(image, {.format = format, .quality = 100}),
        [=](const Facts& facts) { EXPECT_LT(worst(numbers(facts.at("srgb")), expected), 3.5); });
  pillow.put_questions();
}

TEST(Colour, IsConvertedWhereTheFormatCannotSayIt) {
  for (const char* format : {"bmp", "ppm"}) {
    for (const int channels : {1, 3}) {
      Image image = chart(channels);
      image.metadata.colour.gamma = 100000;
      const Image back = decode_image(encode_image(image, {.format = format}));
      ASSERT_EQ(back.pixels.size(), image.pixels.size());
      for (size_t i = 0; i < back.pixels.size(); ++i)
        ASSERT_NEAR(255 * back.pixels[i], 255 * encode_srgb(image.pixels[i]), 0.51);
    }
  }
}

// 0.01, 0.02: an eye's long waves would answer less than nothing to such a white.
TEST(Colour, OfAWhiteThatCannotBeIsLeftOut) {
  Image image = chart(3), plain = chart(3);
  image.metadata.colour.gamma = plain.metadata.colour.gamma = 60000;
  image.metadata.colour.chromaticities = {1000, 2000, 64000, 33000, 30000, 60000, 15000, 6000};
  for (const char* format : {"ppm", "tif"})
    EXPECT_EQ(encode_image(image, {.format = format}), encode_image(plain, {.format = format}))
        << format;
}

TEST(Colour, OfHighDynamicRangeIsConvertedForAllButPng) {
  // ITU-R BT.2100: signals of PQ for 0, 20.3, 101.5, 203 and 1000 candela/m2; 203 are white.
  const std::vector<std::pair<float, double>> signals = {
      {0.0f, 0}, {0.35830f, 0.1}, {0.50957f, 0.5}, {0.58080f, 1}, {0.75183f, 1}};
  for (const char* format : {"tif", "ppm"}) {
    Image image = chart();
    image.width = 5;
    image.height = 1;
    image.bits = 16;
    image.pixels.clear();
    for (const auto& [signal, light] : signals) image.pixels.insert(image.pixels.end(), 3, signal);
    image.metadata.colour.cicp = {9, 16, 0, 1};
    const Image back = decode_image(encode_image(image, {.format = format}));
    EXPECT_TRUE(back.metadata.icc.empty());
    for (size_t i = 0; i < signals.size(); ++i)
      for (size_t c = 0; c < 3; ++c)
        EXPECT_NEAR(back.pixels[3 * i + c], encode_srgb(signals[i].second), 0.002) << format << i;
  }
}

TEST(Colour, ChunksGoBeforeOneAnotherAsTheStandardSays) {
  Image image = chart();
  image.metadata.colour.gamma = 100000;
  image.metadata.colour.srgb = 0;  // goes before gAMA: nothing is converted
  const Image back = decode_image(encode_image(image, {.format = "ppm"}));
  EXPECT_EQ(back.pixels, image.pixels);
  image.metadata.colour.cicp = {1, 8, 0, 1};  // and cICP before sRGB: linear
  const Image converted = decode_image(encode_image(image, {.format = "ppm"}));
  for (size_t i = 0; i < back.pixels.size(); ++i)
    ASSERT_NEAR(converted.pixels[i], encode_srgb(image.pixels[i]), 0.51 / 255);
}

TEST(Resolution, IsKeptFromEachFormatToEachFormat) {
  REQUIRE_PILLOW();
  Pillow pillow(kScript);
  Image image = chart();
  image.metadata.resolution = Resolution{300, 150};
  for (const std::string from : {"png", "jpg", "tif", "bmp", "webp"}) {
    const Image loaded = decode_image(encode_image(image, {.format = from, .quality = 100}));
    ASSERT_TRUE(loaded.metadata.resolution) << from;
    EXPECT_NEAR(loaded.metadata.resolution->x, 300, 0.02) << from;
    EXPECT_NEAR(loaded.metadata.resolution->y, 150, 0.02) << from;
    for (const std::string to : {"png", "jpg", "tif", "bmp", "webp"})
      pillow.ask(from + " to " + to, encode_image(loaded, {.format = to, .quality = 100}),
                 [=](const Facts& facts) {
                   std::istringstream words(facts.at(to == "webp" ? "exif_dpi" : "dpi"));
                   double x = 0, y = 0;
                   words >> x >> y;
                   EXPECT_NEAR(x, 300, 0.02);
                   EXPECT_NEAR(y, 150, 0.02);
                 });
  }
  pillow.put_questions();
}

TEST(Resolution, ATiffHasTheTagsThatAreRequired) {
  REQUIRE_PILLOW();
  Pillow pillow(kScript);
  for (const bool known : {false, true})
    for (const int channels : {1, 3}) {
      Image image = chart(channels);
      if (known) image.metadata.resolution = Resolution{72, 72};
      pillow.ask("tif", encode_image(image, {.format = "tif"}), [=](const Facts& facts) {
        // TIFF 6.0, sections 4 and 6: all of them but 284 (planar, whose default is right).
        EXPECT_EQ(facts.at("tags"), "256 257 258 259 262 273 277 278 279 282 283 296");
        if (known) {
          EXPECT_EQ(facts.at("dpi").substr(0, 2), "72");
        }
      });
      if (!known) {
        EXPECT_FALSE(decode_image(encode_image(image, {.format = "tif"})).metadata.resolution);
      }
    }
  pillow.put_questions();
}

TEST(Resolution, OfAnAspectRatioIsNone) {
  const Image image = chart();
  for (const char* format : {"png", "jpg", "tif", "bmp", "webp"})
    EXPECT_FALSE(decode_image(encode_image(image, {.format = format})).metadata.resolution);
}

}  // namespace
}  // namespace imago::test

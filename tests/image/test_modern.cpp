// AVIF, HEIC and JPEG XL, as libheif and libjxl encoded them
// (tests/fixtures/make_modern_images.py).
#include <gtest/gtest.h>

#include "tests/image/support.h"

namespace imago::test {
namespace {

TEST(Modern, PicturesShowWhatWasEncoded) {
  std::ifstream list(images() / "modern.txt");
  int count = 0, skipped = 0;
  for (std::string line; std::getline(list, line); ++count) {
    std::istringstream words(line);
    std::string name;
    int width = 0, height = 0, channels = 0, bits = 0, tolerance = 0;
    words >> name >> width >> height >> channels >> bits >> tolerance;
    SCOPED_TRACE(name);
    Raster raster;
    const std::string error = error_of([&] { raster = load_raster(images() / name); });
    if (error.find("this build") != std::string::npos) {
      ++skipped;
      continue;
    }
    ASSERT_EQ(error, "");
    ASSERT_EQ(raster.width, width);
    ASSERT_EQ(raster.height, height);
    ASSERT_EQ(raster.channels + (raster.alpha ? 1 : 0), channels);
    ASSERT_EQ(raster.bits, bits);
    EXPECT_EQ(raster.note, "");
    double sum = 0, most = 0;
    const size_t samples = raster.samples.size() / static_cast<size_t>(bits / 8);
    for (size_t i = 0; i < samples; ++i) {
      int expected = 0;
      words >> expected;
      const int found = bits == 8 ? std::to_integer<int>(raster.samples[i])
                                  : reinterpret_cast<const uint16_t*>(raster.samples.data())[i];
      sum += std::abs(found - expected);
      most = std::max(most, static_cast<double>(std::abs(found - expected)));
    }
    EXPECT_LE(sum / static_cast<double>(samples), tolerance);
    if (tolerance == 0) {
      EXPECT_EQ(most, 0);
    }
  }
  EXPECT_EQ(count, 8);
  if (skipped > 0) GTEST_SKIP() << skipped << " pictures: built without libheif or libjxl";
}

TEST(Modern, DamagedPicturesAreRefusedOrDecoded) {
  for (const char* name : {"rgb.heic", "rgb.avif", "rgb8.jxl"}) {
    const File whole = read(images() / name);
    for (size_t size = 0; size < whole.size(); size += 1 + size / 40) {
      const auto cut = std::span(whole).first(size);
      EXPECT_NE(error_of([&] { decode_image(cut); }), "") << name << " cut to " << size;
    }
    for (size_t at = 0; at < whole.size(); at += 1 + whole.size() / 150) {
      File damaged = whole;
      damaged[at] ^= std::byte{0xFF};
      error_of([&] { decode_image(damaged, {.max_pixels = 1 << 16}); });
    }
  }
}

}  // namespace
}  // namespace imago::test

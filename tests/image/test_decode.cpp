// Decoding compared with Pillow and with numbers packed by hand (tests/fixtures/make_images.py).
#include <gtest/gtest.h>

#include "tests/image/support.h"

namespace imago::test {
namespace {

class Decode : public testing::TestWithParam<Expected> {};

TEST_P(Decode, ShowsWhatPillowShows) {
  const Expected& expected = GetParam();
  const Image image = load_image(images() / expected.name);
  ASSERT_EQ(image.width, expected.width);
  ASSERT_EQ(image.height, expected.height);
  ASSERT_EQ(image.channels, expected.channels);
  EXPECT_EQ(image.bits, expected.bits);
  ASSERT_EQ(!image.alpha.empty(), expected.alpha);

  const auto channels = static_cast<size_t>(expected.channels);
  const size_t stride = channels + (expected.alpha ? 1 : 0);
  const size_t count = static_cast<size_t>(expected.width * expected.height);
  ASSERT_EQ(expected.samples.size(), count * stride);
  ASSERT_EQ(image.pixels.size(), count * channels);
  for (size_t i = 0; i < count; ++i) {
    for (size_t c = 0; c < stride; ++c) {
      const float value = c < channels ? image.pixels[i * channels + c] : image.alpha[i];
      ASSERT_NEAR(value * static_cast<float>(expected.maximum),
                  static_cast<float>(expected.samples[i * stride + c]),
                  static_cast<float>(expected.tolerance) + 0.01f)
          << "pixel " << i << ", channel " << c;
    }
  }
}

std::string test_name(const testing::TestParamInfo<Expected>& fixture) {
  std::string name = fixture.param.name;
  for (char& letter : name) {
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Fixtures, Decode, testing::ValuesIn(all_expected()), test_name);

TEST(Fixtures, AreThere) { EXPECT_GE(all_expected().size(), 70u); }

TEST(Probe, TellsFormatAndStoredSize) {
  const auto probe = [](const char* name) { return probe_image(read(images() / name)); };
  const std::vector<std::tuple<const char*, const char*, int64_t, int64_t>> cases = {
      {"rgb8.png", "png", 5, 3},          {"progressive.jpg", "jpg", 13, 9},
      {"lossy.webp", "webp", 13, 9},      {"lossless_alpha.webp", "webp", 7, 5},
      {"lossy_alpha.webp", "webp", 7, 5}, {"rgb16_big_endian.tif", "tif", 4, 3},
      {"rgb24.bmp", "bmp", 5, 3},         {"plain.pbm", "ppm", 11, 2},
      {"orientation6.jpg", "jpg", 13, 9},
  };
  for (const auto& [name, format, width, height] : cases) {
    const ImageHeader header = probe(name);
    EXPECT_EQ(header.format, format) << name;
    EXPECT_EQ(header.width, width) << name;
    EXPECT_EQ(header.height, height) << name;
  }
}

TEST(DecodeFile, ContentWinsOverTheName) {
  const TemporaryFolder folder;
  fs::copy_file(images() / "rgb8.png", folder.path() / "wrong.jpg");
  EXPECT_EQ(load_image(folder.path() / "wrong.jpg").width, 5);
}

TEST(DecodeFile, BadPngTextDoesNotStopThePicture) {
  File file = read(images() / "orientation1.png");
  const std::string_view content(reinterpret_cast<const char*>(file.data()), file.size());
  const size_t at = content.find("eXIf");
  ASSERT_NE(at, std::string_view::npos);
  file[at + 6] ^= std::byte{0xFF};
  EXPECT_EQ(decode_image(file).width, 13);
}

}  // namespace
}  // namespace imago::test

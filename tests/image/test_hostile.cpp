// Damaged, lying and foreign files: refused with a sentence, or decoded; nothing else.
#include <gtest/gtest.h>

#include <zlib.h>

#include <chrono>

#include "tests/image/support.h"

namespace imago::test {
namespace {

using namespace std::string_literals;

std::string big_endian(uint32_t value) {
  return {static_cast<char>(value >> 24), static_cast<char>(value >> 16),
          static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string little_endian(uint32_t value) {
  const std::string reversed = big_endian(value);
  return {reversed.rbegin(), reversed.rend()};
}

/// Headers alone, each declaring width × height.
std::string png_header(uint32_t width, uint32_t height) {
  const std::string content = "IHDR"s + big_endian(width) + big_endian(height) + "\x08\x02\0\0\0"s;
  const auto* data = reinterpret_cast<const Bytef*>(content.data());
  const auto checksum = static_cast<uint32_t>(crc32(0, data, static_cast<uInt>(content.size())));
  return "\x89PNG\r\n\x1a\n"s + big_endian(13) + content + big_endian(checksum);
}

std::string jpg_header(uint32_t width, uint32_t height) {
  return "\xff\xd8\xff\xc0\0\x11\x08"s + big_endian(height).substr(2) +
         big_endian(width).substr(2) + "\x03\x01\x11\0\x02\x11\0\x03\x11\0"s;
}

std::string bmp_header(uint32_t width, uint32_t height) {
  return "BM"s + little_endian(54) + little_endian(0) + little_endian(54) + little_endian(40) +
         little_endian(width) + little_endian(height) + "\x01\0\x18\0"s + std::string(24, '\0');
}

std::string tif_header(uint32_t width, uint32_t height) {
  return "II*\0\x08\0\0\0\x02\0"s + "\0\x01\x04\0\x01\0\0\0"s + little_endian(width) +
         "\x01\x01\x04\0\x01\0\0\0"s + little_endian(height) + little_endian(0);
}

std::string ppm_header(uint32_t width, uint32_t height) {
  return "P6 " + std::to_string(width) + " " + std::to_string(height) + " 255\n";
}

std::string webp_header(uint32_t width, uint32_t height) {
  return "RIFF"s + little_endian(22) + "WEBPVP8X" + little_endian(10) + std::string(4, '\0') +
         little_endian(width - 1).substr(0, 3) + little_endian(height - 1).substr(0, 3);
}

class EachFormat : public testing::TestWithParam<std::string> {};

TEST_P(EachFormat, EveryTruncationIsRefused) {
  const File whole = read(images() / GetParam());
  ASSERT_FALSE(whole.empty());
  // Without its last line break a plain bitmap still has all its bits.
  const size_t last = whole.size() - (GetParam() == "plain.pbm" ? 1 : 0);
  for (size_t size = 0; size < last; ++size) {
    const auto cut = std::span(whole).first(size);
    ASSERT_NE(error_of([&] { decode_image(cut); }), "") << "cut to " << size;
  }
}

TEST_P(EachFormat, EveryDamagedByteIsRefusedOrDecoded) {
  const File whole = read(images() / GetParam());
  // A flipped size may declare far more pixels than the file holds.
  const ImageReadOptions limits{.max_pixels = 1 << 16};
  int refused = 0;
  testing::internal::CaptureStderr();
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {0xFF, 0x01, 0x80}) {
      File damaged = whole;
      damaged[at] ^= static_cast<std::byte>(flip);
      const std::string error = error_of([&] {
        const Image image = decode_image(damaged, limits);
        const auto count = static_cast<size_t>(image.width) * static_cast<size_t>(image.height);
        EXPECT_EQ(image.pixels.size(), count * static_cast<size_t>(image.channels));
        for (const float value : image.pixels) EXPECT_TRUE(value >= 0 && value <= 1);
      });
      refused += error.empty() ? 0 : 1;
    }
  }
  EXPECT_GT(refused, 0);
  // The one line that a user sees is ours.
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

std::string name_of_fixture(const testing::TestParamInfo<std::string>& fixture) {
  std::string name = fixture.param;
  for (char& letter : name) {
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Hostile, EachFormat, testing::ValuesIn(one_of_each()), name_of_fixture);

TEST(Hostile, ZerosInPlaceOfTheSecondHalfAreRefused) {
  // What a download that reserved its space beforehand leaves when it is broken off. Formats with
  // neither checksums nor markers cannot tell such zeros from a picture.
  for (const char* name :
       {"rgb8.png", "rgb.jpg", "progressive.jpg", "cmyk.jpg", "lossless_alpha.webp"}) {
    File file = read(images() / name);
    std::fill(file.begin() + static_cast<ptrdiff_t>(file.size() / 2), file.end(), std::byte{0});
    EXPECT_NE(error_of([&] { decode_image(file); }), "") << name;
  }
}

TEST(Hostile, HugeDeclaredSizesAreRefusedAtOnce) {
  const auto start = std::chrono::steady_clock::now();
  for (const auto& make : {png_header, jpg_header, bmp_header, tif_header, ppm_header}) {
    const ImageHeader header = probe_image(to_file(make(65500, 65500)));
    EXPECT_EQ(header.width, 65500);
    EXPECT_EQ(header.height, 65500);
    const std::string error = error_of([&] { decode_image(to_file(make(65500, 65500))); });
    EXPECT_NE(error.find("65500×65500"), std::string::npos) << error;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST(Hostile, TheLimitSaysHowToRaiseIt) {
  for (const auto& make :
       {png_header, jpg_header, bmp_header, tif_header, ppm_header, webp_header}) {
    const std::string large = error_of([&] { decode_image(to_file(make(30000, 30000))); });
    EXPECT_NE(large.find("30000×30000"), std::string::npos) << large;
    EXPECT_NE(large.find("268435456"), std::string::npos) << large;
    EXPECT_NE(large.find("--max-pixels 900000000"), std::string::npos) << large;
  }
}

TEST(Hostile, TheLimitIsExact) {
  const File file = read(images() / "rgb8.png");  // 5 × 3
  EXPECT_EQ(decode_image(file, {.max_pixels = 15}).width, 5);
  EXPECT_NE(error_of([&] { decode_image(file, {.max_pixels = 14}); }), "");
}

TEST(Hostile, HeadersThatPromiseMoreThanTheFileHoldsAllocateNothing) {
  // 268 megapixels would take gigabytes.
  for (const auto& make : {png_header, jpg_header, bmp_header, ppm_header, webp_header}) {
    EXPECT_NE(error_of([&] { decode_image(to_file(make(16000, 16000))); }), "");
  }
}

TEST(Hostile, ForeignFilesAreNamed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "empty"},
      {"This is a letter, not a picture.\n", "not a picture"},
      {"GIF89a\x01\0\x01\0"s, "cut short"},
      {"P7\nWIDTH 1\n", "PAM"},
      {"II+\0\x08\0\0\0"s, "BigTIFF"},
      {"MM\0+\0\x08\0\0"s, "BigTIFF"},
      {"\0\0\0\x1c"
       "ftypavif"s,
       "AVIF"},
      {"\0\0\0\x1c"
       "ftypheic"s,
       "HEIC"},
      {"\xff\x0a"s, "JPEG XL"},
      {"\x89PNG\r\n\x1a\n"s, "cut short"},
      {"BM", "cut short"},
      {"P6", "not a picture"},
      {"P5 0 3 255\n", "empty picture"},
      {"P5 3 3 70000\n", "maximum value"},
      {png_header(0, 5), "empty picture"},
      {jpg_header(5, 0), "empty picture"},
  };
  for (const auto& [content, words] : cases) {
    const std::string error = error_of([&] { decode_image(to_file(content)); });
    EXPECT_NE(error.find(words), std::string::npos) << words << ": " << error;
  }
}

TEST(Hostile, KindsThatAreNotKnownAreRefused) {
  std::ifstream list(images() / "refused.txt");
  int count = 0;
  for (std::string name, word; list >> name >> word; ++count) {
    const std::string error = error_of([&, path = images() / name] { load_image(path); });
    EXPECT_NE(error.find(word), std::string::npos) << name << ": " << error;
  }
  EXPECT_EQ(count, 3);
}

TEST(Hostile, BrokenColourProfilesAndTextPrintNothing) {
  testing::internal::CaptureStderr();
  File file = read(images() / "rgb8.png");
  const std::string broken = "\0\0\0\x05iCCPabcdeXXXX"s;
  const File chunk = to_file(broken);
  file.insert(file.begin() + 33, chunk.begin(), chunk.end());
  EXPECT_EQ(decode_image(file).width, 5);
  File cut = read(images() / "lzw.tif");
  for (size_t at = 8; at < 20; ++at) cut[at] = std::byte{0xFF};
  error_of([&] { decode_image(cut); });
  File rle = read(images() / "rle8.bmp");
  std::fill(rle.end() - 12, rle.end(), std::byte{0xFF});
  error_of([&] { decode_image(rle); });
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace imago::test

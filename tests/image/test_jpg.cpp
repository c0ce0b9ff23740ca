// JPEG: what libjpeg warns about is refused and never printed; what is written is what Pillow, told
// the same, writes.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "tests/image/support.h"

namespace imago::test {
namespace {

using namespace std::string_view_literals;

std::string_view text_of(const File& file) {
  return {reinterpret_cast<const char*>(file.data()), file.size()};
}

/// Where the last scan's header starts; what follows it up to the last two bytes is its data.
size_t last_scan(const File& file) {
  const size_t at = text_of(file).rfind("\xff\xda");
  EXPECT_NE(at, std::string_view::npos);
  return at;
}

size_t first_of_data(const File& file) {
  const size_t at = last_scan(file);
  return at + 2 + std::to_integer<size_t>(file[at + 3]);
}

File join(std::span<const std::byte> start, std::span<const std::byte> end) {
  File whole(start.begin(), start.end());
  whole.insert(whole.end(), end.begin(), end.end());
  return whole;
}

/// Decodes `file` with bits flipped, `step` bytes apart in its last scan; counts what is refused.
int count_refused(const File& file, size_t step, int* tried) {
  int refused = 0;
  for (size_t at = first_of_data(file); at + 2 < file.size(); at += step) {
    for (int bit = 0; bit < 8; ++bit, ++*tried) {
      File damaged = file;
      damaged[at] ^= static_cast<std::byte>(1 << bit);
      const std::string error =
          error_of([&] { EXPECT_GT(decode_image(damaged, {.max_pixels = 1 << 20}).width, 0); });
      EXPECT_EQ(error.find('\n'), std::string::npos) << error;
      refused += error.empty() ? 0 : 1;
    }
  }
  return refused;
}

TEST(Jpg, FlippedBitsOfTheDataPrintNothing) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  std::vector<File> files;
  for (const char* name : {"rgb.jpg", "rgb444.jpg", "grey.jpg", "progressive.jpg", "cmyk.jpg"}) {
    files.push_back(read(images() / name));
  }
  for (const File& file : files) {
    int tried = 0;
    const int refused = count_refused(file, 1, &tried);
    EXPECT_GT(refused, 0);
    EXPECT_LT(refused, tried);  // there are no checksums: most are another picture
  }
  // Large enough for the decoder that libjpeg uses far from the end of the data.
  int tried = 0;
  const Image large = sample_image(96, 96, 3, 8, false);
  EXPECT_GT(count_refused(encode_image(large, {.format = "jpg"}), 101, &tried), 0);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST(Jpg, WarningsRefuseThePictureInOneSentence) {
  const File whole = read(images() / "rgb.jpg");
  const auto bytes = std::span(whole);
  const size_t half = (first_of_data(whole) + whole.size()) / 2;
  const File short_data = join(bytes.first(half), bytes.last(2));
  const File left_over = join(join(bytes.first(whole.size() - 2), to_file("left")), bytes.last(2));
  testing::internal::CaptureStderr();
  EXPECT_EQ(
      error_of([&] { decode_image(short_data); }),
      "the JPEG is damaged; get another copy of it (libjpeg: Corrupt JPEG data: premature end "
      "of data segment)");
  EXPECT_EQ(error_of([&] { decode_image(left_over); }),
            "the JPEG is damaged; get another copy of it (libjpeg: Corrupt JPEG data: 4 extraneous "
            "bytes before marker 0xd9)");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Jpg, ScansWithoutEndAreRefusedAtOnce) {
  const File whole = read(images() / "progressive.jpg");
  const auto bytes = std::span(whole);
  const size_t at = last_scan(whole);
  File file(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(at));
  for (int i = 0; i < 501; ++i) file = join(file, bytes.subspan(at, whole.size() - 2 - at));
  const auto start = std::chrono::steady_clock::now();
  const std::string error = error_of([&] { decode_image(join(file, bytes.last(2))); });
  EXPECT_NE(error.find("more than 500 scans"), std::string::npos) << error;
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST(Jpg, WritesWhatPillowWrites) {
  // rgb444.jpg: Pillow's, of these slopes, at quality 90 without subsampling (make_images.py).
  Image image = sample_image(13, 9, 3, 8, false);
  for (int i = 0; i < 13 * 9 * 3; ++i) {
    const int c = i % 3, x = i / 3 % 13, y = i / 39;
    image.pixels[static_cast<size_t>(i)] =
        static_cast<float>((y * 17 + x * 11 + c * 60) % 200 + 20) / 255;
  }
  const File ours = encode_image(image, {.format = "jpg", .quality = 90});
  const File theirs = read(images() / "rgb444.jpg");
  const auto from_tables = [](const File& file) {
    const size_t at = text_of(file).find("\xff\xdb");
    return std::string(text_of(file).substr(std::min(at, file.size())));
  };
  EXPECT_GT(from_tables(ours).size(), 500u);
  EXPECT_TRUE(from_tables(ours) == from_tables(theirs));
}

TEST(Jpg, ColourIsNotSubsampledAndGreyStaysGrey) {
  for (const int quality : {1, 50, 95, 100}) {
    for (const int channels : {1, 3}) {
      const Image image = sample_image(20, 18, channels, 8, false);
      const File file = encode_image(image, {.format = "jpg", .quality = quality});
      const size_t at = text_of(file).find("\xff\xc0\0"sv);  // a baseline frame header
      ASSERT_NE(at, std::string_view::npos);
      ASSERT_EQ(std::to_integer<int>(file[at + 9]), channels);
      for (int c = 0; c < channels; ++c) {
        EXPECT_EQ(std::to_integer<int>(file[at + 11 + 3 * static_cast<size_t>(c)]), 0x11);
      }
    }
  }
}

TEST(Jpg, LargeOnesComeBackWhole) {
  const Image image = sample_image(400, 300, 3, 8, false);
  const File file = encode_image(image, {.format = "jpg", .quality = 100});
  EXPECT_GT(file.size(), 200'000u);  // several of the encoder's chunks
  const Image back = decode_image(file);
  ASSERT_EQ(back.pixels.size(), image.pixels.size());
  float worst = 0;
  for (size_t i = 0; i < image.pixels.size(); ++i) {
    worst = std::max(worst, std::abs(back.pixels[i] - image.pixels[i]));
  }
  EXPECT_LT(worst * 255, 6);  // noise; colour halved would lose most of it
}

}  // namespace
}  // namespace imago::test

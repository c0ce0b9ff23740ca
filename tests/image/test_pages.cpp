// Frames and pages as Pillow composes them (tests/fixtures/make_images.py).
#include <gtest/gtest.h>
#include <zlib.h>

#include "tests/image/support.h"

namespace imago::test {
namespace {

struct Page {
  std::string name;
  int page = 0, width = 0, height = 0;
  std::vector<int> samples;  // RGB
};

std::vector<Page> all_pages() {
  std::vector<Page> all;
  std::ifstream list(images() / "pages.txt");
  for (std::string line; std::getline(list, line);) {
    std::istringstream words(line);
    Page page;
    words >> page.name >> page.page >> page.width >> page.height;
    for (int sample = 0; words >> sample;) page.samples.push_back(sample);
    all.push_back(page);
  }
  return all;
}

TEST(Pages, AreThoseThatPillowShows) {
  const std::vector<Page> pages = all_pages();
  ASSERT_EQ(pages.size(), 13u);
  for (const Page& page : pages) {
    SCOPED_TRACE(page.name + " " + std::to_string(page.page));
    const Raster raster = load_raster(images() / page.name, {.page = page.page});
    ASSERT_EQ(raster.width, page.width);
    ASSERT_EQ(raster.height, page.height);
    ASSERT_EQ(raster.channels, 3);
    ASSERT_FALSE(raster.alpha);
    ASSERT_EQ(raster.samples.size(), page.samples.size());
    for (size_t i = 0; i < page.samples.size(); ++i)
      ASSERT_EQ(std::to_integer<int>(raster.samples[i]), page.samples[i]) << i;
  }
}

TEST(Pages, AreToldOf) {
  const std::vector<std::pair<const char*, const char*>> several = {{"three.gif", "3 frames"},
                                                                    {"three.png", "3 frames"},
                                                                    {"three.webp", "3 frames"},
                                                                    {"pages.tif", "3 pages"}};
  for (const auto& [name, words] : several) {
    const std::string note = load_image(images() / name).note;
    EXPECT_NE(note.find(words), std::string::npos) << name << ": " << note;
    EXPECT_NE(note.find("--page"), std::string::npos) << note;
    // Who asked for one by its number knows.
    for (const int page : {1, 2}) EXPECT_EQ(load_raster(images() / name, {.page = page}).note, "");
  }
  for (const char* name : {"interlaced.gif", "rgb8.png", "lossy.webp", "lzw.tif", "rgb.jpg"})
    EXPECT_EQ(load_image(images() / name).note, "") << name;
}

TEST(Pages, ThatAreNotThereAreRefused) {
  for (const char* name : {"three.gif", "three.png", "three.webp", "pages.tif"}) {
    const std::string error = error_of([&] { load_image(images() / name, {.page = 4}); });
    EXPECT_NE(error.find(" 4: the file has 3 "), std::string::npos) << error;
  }
  for (const char* name : {"rgb8.png", "rgb.jpg", "rgb24.bmp", "plain.ppm", "lossy.webp"}) {
    const std::string error = error_of([&] { load_image(images() / name, {.page = 2}); });
    EXPECT_NE(error.find("the file has 1 "), std::string::npos) << name << ": " << error;
  }
}

TEST(Pages, ObeyTheLimitLikeTheFirst) {
  const fs::path path = images() / "pages.tif";  // 4 × 3, 5 × 3, 6 × 3
  EXPECT_EQ(load_image(path, {.max_pixels = 15, .page = 2}).width, 5);
  const std::string error = error_of([&] { load_image(path, {.max_pixels = 14, .page = 2}); });
  EXPECT_NE(error.find("5×3"), std::string::npos) << error;
  EXPECT_NE(error.find("--max-pixels 15"), std::string::npos) << error;
}

// Each directory lies 4 bytes behind the one before and claims 3,000 fields: together 27 million,
// in 72 KB.
TEST(Pages, ThatLieOverEachOtherAreRefused) {
  constexpr uint32_t kPages = 9000, kFields = 3000;
  File file(8 + 4 * kPages + 2 + 12 * kFields + 4);
  const auto put = [&](size_t at, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) file[at + size_t(i)] = static_cast<std::byte>(value >> 8 * i);
  };
  const File start = to_file("II*");
  std::copy(start.begin(), start.end(), file.begin());
  put(4, 8, 4);
  for (uint32_t i = 0; i < kPages; ++i) put(8 + 4 * i, kFields, 2);
  for (uint32_t i = 0; i + 1 < kPages; ++i) put(8 + 4 * i + 2 + 12 * kFields, 8 + 4 * (i + 1), 4);
  // The file's own width and height, in the last two fields of the first directory.
  const size_t last = 8 + 2 + 12 * (kFields - 2);
  for (const uint32_t tag : {256u, 257u}) {
    const size_t at = last + 12 * (tag - 256);
    put(at, tag, 2), put(at + 2, 3, 2), put(at + 4, 1, 4), put(at + 8, 4, 4);
  }
  const std::string error = error_of([&] { decode_image(file); });
  EXPECT_NE(error.find("more fields"), std::string::npos) << error;
}

TEST(Pages, OfADamagedAnimationLeaveTheStillPicture) {
  File file = read(images() / "three.png");
  const auto* text = reinterpret_cast<const char*>(file.data());
  const size_t at = std::string_view(text, file.size()).rfind("fcTL");
  ASSERT_NE(at, std::string_view::npos);
  file[at + 8] = std::byte{1};  // 16 million pixels wide
  const auto sum = static_cast<uint32_t>(
      crc32(crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(&file[at]), 4 + 26));
  for (size_t i = 0; i < 4; ++i) file[at + 30 + i] = static_cast<std::byte>(sum >> (24 - 8 * i));
  const Image picture = decode_image(file);
  EXPECT_EQ(picture.pixels, load_image(images() / "three.png").pixels);
  EXPECT_EQ(picture.note, "");
}

}  // namespace
}  // namespace imago::test

// Frames and pages as Pillow composes them (tests/fixtures/make_images.py).
#include <gtest/gtest.h>

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
    EXPECT_EQ(load_raster(images() / name, {.page = 2}).note.find("number 1"), std::string::npos);
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

}  // namespace
}  // namespace imago::test

// Pictures decoded in part of their size, to be looked over.
#include <gtest/gtest.h>
#include <stdlib.h>

#include "tests/image/support.h"

namespace imago::test {
namespace {

class PreviewTest : public testing::Test {
 protected:
  PreviewTest() {
    std::string name = (fs::temp_directory_path() / "imago-test-XXXXXX").string();
    folder_ = mkdtemp(name.data());
  }
  ~PreviewTest() override { fs::remove_all(folder_); }

  /// A slope from dark (left) to light, with texture.
  fs::path save(const std::string& name, int width, int height) const {
    Image image;
    image.width = width;
    image.height = height;
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x)
        for (int c = 0; c < 3; ++c)
          image.pixels.push_back(static_cast<float>(x) / static_cast<float>(width) * 0.9f +
                                 static_cast<float>((x + y) % 2) * 0.1f);
    save_image(image, folder_ / name, {});
    return folder_ / name;
  }

  fs::path folder_;
};

TEST_F(PreviewTest, OfAJpegAFractionIsMade) {
  const fs::path file = save("large.jpg", 1001, 402);
  const std::vector<std::pair<int, int>> widths = {
      {2000, 1001}, {1001, 1001}, {501, 1001}, {500, 501}, {250, 251}, {125, 126}, {1, 126}};
  for (const auto& [side, width] : widths) {
    const Preview preview = load_preview(file, side);
    EXPECT_EQ(preview.width, 1001);
    EXPECT_EQ(preview.height, 402);
    EXPECT_EQ(preview.image.width, width) << side;
    EXPECT_EQ(preview.image.pixels.size(),
              static_cast<size_t>(3 * preview.image.width * preview.image.height));
    // It is the same picture: what lies in the middle of the slope still does.
    const size_t middle = static_cast<size_t>(3 * (width / 2));
    EXPECT_NEAR(preview.image.pixels[middle], 0.5, 0.07) << side;
  }
}

TEST_F(PreviewTest, OtherFormatsAreWhole) {
  const Preview preview = load_preview(save("large.png", 800, 30), 100);
  EXPECT_EQ(preview.image.width, 800);
  EXPECT_EQ(preview.width, 800);
}

TEST_F(PreviewTest, TurnedUpright) {
  for (const char* name : {"orientation6.jpg", "orientation6.png"}) {
    const Preview preview = load_preview(images() / name, 100);
    EXPECT_EQ(preview.width, 9) << name;  // stored as 13 × 9
    EXPECT_EQ(preview.height, 13) << name;
    EXPECT_EQ(preview.image.pixels, load_image(images() / name).pixels) << name;
  }
}

TEST_F(PreviewTest, RefusesWhatIsCutShortToo) {
  const fs::path file = save("cut.jpg", 1000, 400);
  fs::resize_file(file, fs::file_size(file) * 3 / 4);
  EXPECT_NE(error_of([&] { load_preview(file, 100); }), "");
}

TEST_F(PreviewTest, TellsWhatIsNoPicture) {
  std::ofstream(folder_ / "page.jpg") << "<html>";
  EXPECT_THROW(load_preview(folder_ / "page.jpg", 100), UnknownFormat);
  EXPECT_EQ(load_preview(images() / "picture.gif", 100).width, 13);
  EXPECT_THROW(load_image(folder_ / "page.jpg"), UnknownFormat);
}

}  // namespace
}  // namespace imago::test

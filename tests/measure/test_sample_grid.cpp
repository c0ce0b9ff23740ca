#include "models/measure/sample_grid.h"

#include <limits>

#include "tests/data/support.h"

namespace imago::test {
namespace {

Image plain(int width, int height, int channels, float value) {
  Image image;
  image.width = width;
  image.height = height;
  image.channels = channels;
  image.pixels.assign(static_cast<size_t>(width * height * channels), value);
  return image;
}

float red_at(const Image& image, int x, int y) {
  return image.pixels[3 * static_cast<size_t>(y * image.width + x)];
}

TEST(SampleGrid, PicturesStandInRowsAndColumns) {
  const Image grid = make_sample_grid({{plain(10, 8, 3, 0.25f), plain(10, 8, 1, 0.5f)},  //
                                       {plain(10, 8, 3, 0.75f)}});
  ASSERT_EQ(grid.width, 2 * 10 + 3 * 4);
  ASSERT_EQ(grid.height, 2 * 8 + 3 * 4);
  ASSERT_EQ(grid.channels, 3);
  EXPECT_EQ(red_at(grid, 3, 3), 1);
  EXPECT_NEAR(red_at(grid, 4, 4), 0.25, 1e-6);
  EXPECT_NEAR(red_at(grid, 13, 11), 0.25, 1e-6);
  EXPECT_EQ(red_at(grid, 14, 4), 1);
  EXPECT_NEAR(red_at(grid, 18, 4), 0.5, 1e-6);
  EXPECT_NEAR(red_at(grid, 4, 16), 0.75, 1e-6);
  EXPECT_EQ(red_at(grid, 18, 16), 1);
}

TEST(SampleGrid, SmallPicturesAreEnlargedToTheirRow) {
  const Image grid = make_sample_grid({{plain(5, 4, 3, 0), plain(20, 16, 3, 0.5f)}});
  ASSERT_EQ(grid.width, 2 * 20 + 3 * 4);
  EXPECT_NEAR(red_at(grid, 4 + 19, 4 + 15), 0, 1e-6);
}

TEST(SampleGrid, NamesStandAboveTheirColumns) {
  const std::vector<std::vector<Image>> rows = {{plain(64, 8, 3, 1), plain(64, 8, 3, 1)}};
  const auto darkest = [](const Image& grid, int left, int right) {
    float value = 1;
    for (int y = 0; y < 20; ++y)
      for (int x = left; x < right; ++x) value = std::min(value, red_at(grid, x, y));
    return value;
  };
  const Image grid = make_sample_grid(rows, {"", "output"});
  ASSERT_EQ(grid.height, make_sample_grid(rows).height + 20);
  EXPECT_EQ(darkest(grid, 0, 68), 1);
  EXPECT_LT(darkest(grid, 72, 136), 0.5);
}

TEST(SampleGrid, ABatchHoldsPictures) {
  const Shape shape{2, 3, 1, 2};
  const std::vector<float> values = {0, 0, 0, 0, 0, 0, -1, 1, 0, 2, -5, 0.5f};
  const Image image = image_from_batch(values, shape, 1, -1, 1);
  EXPECT_EQ(image.width, 2);
  EXPECT_EQ(image.height, 1);
  EXPECT_EQ(image.pixels, (std::vector<float>{0, 0.5f, 0, 1, 1, 0.75f}));
  EXPECT_THROW(image_from_batch(values, shape, 2, -1, 1), ImageError);
  EXPECT_THROW(image_from_batch(values, {1, 2, 2, 3}, 0, -1, 1), ImageError);
  const std::vector<float> broken = {std::numeric_limits<float>::quiet_NaN()};
  EXPECT_THROW(image_from_batch(broken, {1, 1, 1, 1}, 0, 0, 1), ImageError);
}

TEST(SampleGrid, IsSaved) {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "sample.png";
  save_sample_grid({{plain(10, 8, 3, 0.2f)}}, {"input"}, path);
  const Image back = load_image(path);
  EXPECT_EQ(back.width, 18);
  EXPECT_EQ(back.height, 36);
  EXPECT_NEAR(red_at(back, 9, 28), 0.2, 1e-6);
  EXPECT_THROW(make_sample_grid({}), ImageError);
  EXPECT_THROW(make_sample_grid({{}}), ImageError);
}

}  // namespace
}  // namespace imago::test

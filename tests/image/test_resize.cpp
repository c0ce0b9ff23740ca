#include <gtest/gtest.h>

#include "tests/image/support.h"

namespace imago::test {
namespace {

TEST(Resize, DownIsTheMeanOfTheArea) {
  const std::vector<float> plane = {0, 1, 0.5f, 0.5f,  //
                                    1, 0, 0.5f, 0.1f};
  const auto small = resize_plane(plane, 4, 2, 2, 1);
  ASSERT_EQ(small.size(), 2u);
  EXPECT_NEAR(small[0], 0.5f, 1e-6);
  EXPECT_NEAR(small[1], 0.4f, 1e-6);
}

TEST(Resize, UpKeepsConstantsSlopesAndRange) {
  const std::vector<float> constant(6 * 5, 0.3f);
  for (const float value : resize_plane(constant, 6, 5, 24, 20)) EXPECT_NEAR(value, 0.3f, 1e-5);

  std::vector<float> edge(16 * 16);
  for (size_t i = 0; i < edge.size(); ++i) edge[i] = i % 16 < 8 ? 0.0f : 1.0f;
  const auto large = resize_plane(edge, 16, 16, 64, 64);
  ASSERT_EQ(large.size(), 64u * 64u);
  for (size_t i = 0; i < large.size(); ++i) {
    ASSERT_GE(large[i], 0.0f);
    ASSERT_LE(large[i], 1.0f);
    const bool dark = i % 64 < 26, bright = i % 64 > 37;
    if (dark || bright) {
      ASSERT_NEAR(large[i], bright ? 1.0f : 0.0f, 0.05f);
    }
  }
}

TEST(Resize, ColoursStayApart) {
  std::vector<float> colours;
  for (int i = 0; i < 8 * 4; ++i) colours.insert(colours.end(), {0.1f, 0.5f, 0.9f});
  const auto resized =
      resize_plane(colours, 8, 4, 5, 7);  // down along one side, up along the other
  ASSERT_EQ(resized.size(), 5u * 7u * 3u);
  for (size_t i = 0; i < resized.size(); i += 3) {
    EXPECT_NEAR(resized[i], 0.1f, 1e-5);
    EXPECT_NEAR(resized[i + 1], 0.5f, 1e-5);
    EXPECT_NEAR(resized[i + 2], 0.9f, 1e-5);
  }
}

TEST(Resize, TheSameSizeChangesNothing) {
  const Image image = sample_image(7, 5, 3, 8, false);
  EXPECT_EQ(resize_plane(image.pixels, 7, 5, 7, 5), image.pixels);
}

TEST(Resize, WrongSizesAreRefused) {
  const std::vector<float> plane(12);
  EXPECT_NE(error_of([&] { resize_plane(plane, 5, 2, 4, 4); }), "");
  EXPECT_NE(error_of([&] { resize_plane(plane, 4, 3, 0, 4); }), "");
  EXPECT_NE(error_of([&] { resize_plane({}, 0, 0, 4, 4); }), "");
}

}  // namespace
}  // namespace imago::test

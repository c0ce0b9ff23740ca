// The same on folders that people have. Skipped where they are absent.
#include <algorithm>

#include "tests/data/support.h"

namespace imago::test {
namespace {

TEST(RealFolders, Maps) {
  const fs::path root = fs::path(IMAGO_SHARED_DATA) / "maps_256";
  if (!fs::exists(root)) GTEST_SKIP() << "skipped: " << root << " is not here";
  const Dataset dataset({.dataroot = root, .batch_size = 2});
  EXPECT_GT(dataset.size(), 100);
  const Batch batch = dataset.batch(11);
  EXPECT_EQ(batch.a_shape, (Shape{2, 3, 256, 256}));
  const auto [low, high] = std::minmax_element(batch.a.begin(), batch.a.end());
  EXPECT_GE(*low, -1);
  EXPECT_LE(*high, 1);
  EXPECT_GT(*high - *low, 1);
  EXPECT_NE(batch.a, batch.b);
}

TEST(RealFolders, Photos) {
  const fs::path root = fs::path(IMAGO_SHARED_DATA) / "photos";
  if (!fs::exists(root)) GTEST_SKIP() << "skipped: " << root << " is not here";
  const Dataset dataset({.kind = DataKind::photos, .dataroot = root, .crop_size = 96});
  EXPECT_GT(dataset.size(), 1000);
  for (int step = 0; step < 8; ++step) {
    const Batch batch = dataset.batch(step);
    EXPECT_EQ(batch.a_shape, (Shape{1, 3, 24, 24}));
    EXPECT_EQ(batch.b_shape, (Shape{1, 3, 96, 96}));
    for (const float value : batch.a) ASSERT_TRUE(value >= 0 && value <= 1);
  }
}

}  // namespace
}  // namespace imago::test

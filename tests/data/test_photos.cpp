#include "models/data/resample.h"
#include "tests/data/support.h"

namespace imago::test {
namespace {

DataOptions photo_options(const fs::path& root) {
  DataOptions options{.kind = DataKind::photos, .dataroot = root};
  options.crop_size = 16;
  options.scale = 4;
  return options;
}

int noise(int x, int y, int c) { return (x * 7919 + y * 104729 + c * 31 + x * y * 37) % 256; }

TEST(Photos, TheSmallPictureIsTheLargeOneReduced) {
  const TemporaryFolder folder;
  save_png(folder.path() / "a.png", 40, 30, noise);
  const Dataset dataset(photo_options(folder.path()));
  for (int step = 0; step < 5; ++step) {
    const Batch batch = dataset.batch(step);
    ASSERT_EQ(batch.a_shape, (Shape{1, 3, 4, 4}));
    ASSERT_EQ(batch.b_shape, (Shape{1, 3, 16, 16}));
    Picture large(16, 16, 3);
    for (size_t c = 0; c < 3; ++c)
      for (size_t i = 0; i < 256; ++i)
        large.values[3 * i + c] = static_cast<uint8_t>(byte_of(batch.b[c * 256 + i], 0));
    const Picture small = resize_bicubic(large, 4, 4);
    for (size_t c = 0; c < 3; ++c)
      for (size_t i = 0; i < 16; ++i)
        ASSERT_EQ(byte_of(batch.a[c * 16 + i], 0), small.values[3 * i + c]);
  }
}

TEST(Photos, APhaseIsAFolderOrTheRootItself) {
  const TemporaryFolder folder;
  save_png(folder.path() / "a.png", 20, 20, noise);
  EXPECT_EQ(Dataset(photo_options(folder.path())).example(0).files[0], "a.png");
  save_png(folder.path() / "train" / "b.png", 20, 20, noise);
  EXPECT_EQ(Dataset(photo_options(folder.path())).example(0).files[0], "train/b.png");
}

TEST(Photos, ASmallOneIsGrownByMirroring) {
  const TemporaryFolder folder;
  save_png(folder.path() / "a.png", 5, 20, [](int x, int, int) { return 10 * x; });
  DataOptions options = photo_options(folder.path());
  options.flip = false;
  const Batch batch = Dataset(options).batch(0);
  ASSERT_EQ(batch.b_shape, (Shape{1, 3, 16, 16}));
  for (int x = 0; x < 16; ++x) {  // 5 pixels of their own begin at (16 - 5) / 2
    const int along = std::abs(x - 5) % 8;
    EXPECT_EQ(byte_of(batch.b[static_cast<size_t>(x)], 0), 10 * std::min(along, 8 - along)) << x;
  }
}

TEST(Photos, WithoutPreprocessingTheyAreWhole) {
  const TemporaryFolder folder;
  save_png(folder.path() / "a.png", 43, 30, noise);
  DataOptions options = photo_options(folder.path());
  options.preprocess = Preprocess::none;
  const Batch batch = Dataset(options).example(0);
  EXPECT_EQ(batch.a_shape, (Shape{1, 3, 7, 10}));
  EXPECT_EQ(batch.b_shape, (Shape{1, 3, 28, 40}));
}

}  // namespace
}  // namespace imago::test

#include "models/data/prefetch.h"
#include "tests/data/support.h"

namespace imago::test {
namespace {

class PrefetcherTest : public ::testing::Test {
 protected:
  PrefetcherTest() {
    for (int i = 0; i < 6; ++i)
      save_png(folder_.path() / "train" / (std::to_string(i) + ".png"), 40, 20,
               [&](int x, int y, int c) { return 40 * i + x + (c == 1 ? y : 0); });
  }

  TemporaryFolder folder_;
  DataOptions options_{
      .dataroot = folder_.path(), .load_size = 18, .crop_size = 16, .batch_size = 2};
};

TEST_F(PrefetcherTest, GivesWhatTheDataSetGivesInOrder) {
  const Dataset dataset(options_);
  for (const int threads : {1, 3}) {
    Prefetcher prefetcher(dataset, 5, threads, 4);
    for (int step = 5; step < 25; ++step) {
      const Batch batch = prefetcher.next(), direct = dataset.batch(step);
      ASSERT_EQ(batch.a, direct.a);
      ASSERT_EQ(batch.b, direct.b);
      ASSERT_EQ(batch.files, direct.files);
    }
  }
}

TEST_F(PrefetcherTest, EndsWithBatchesLeft) {
  const Dataset dataset(options_);
  { const Prefetcher unused(dataset, 0, 2, 3); }
  Prefetcher used(dataset, 0, 2, 1);
  static_cast<void>(used.next());
}

TEST_F(PrefetcherTest, PassesOnWhatWentWrongAndGoesOn) {
  std::ofstream(folder_.path() / "train" / "2.png", std::ios::trunc) << "not a picture";
  options_.batch_size = 1;
  options_.in_order = true;
  const Dataset dataset(options_);
  Prefetcher prefetcher(dataset, 0, 2, 4);
  for (int step = 0; step < 9; ++step) {
    if (step % 6 == 2) {
      EXPECT_NE(error_of([&] { prefetcher.next(); }).find("2.png: not a picture"),
                std::string::npos);
    } else {
      EXPECT_EQ(prefetcher.next().files[0], "train/" + std::to_string(step % 6) + ".png");
    }
  }
}

}  // namespace
}  // namespace imago::test

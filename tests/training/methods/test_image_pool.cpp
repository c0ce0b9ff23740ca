// The memory of earlier fakes: Shrivastava et al. 2017, section 2.3.
#include "models/training/methods/image_pool.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace imago {
namespace {

/// Passes pictures number 0, 1, 2… of two elements through a pool, one by one; which were shown.
std::vector<int> shown(ImagePool pool, int count) {
  std::vector<int> result;
  for (int i = 0; i < count; ++i) {
    std::vector<float> picture = {static_cast<float>(i), static_cast<float>(-i)};
    pool.exchange(picture, 2);
    EXPECT_EQ(picture[0], -picture[1]) << "pictures stay whole";
    result.push_back(static_cast<int>(picture[0]));
  }
  return result;
}

TEST(ImagePool, OfSizeZeroShowsWhatComes) {
  const std::vector<int> seen = shown({0, 1, 0}, 20);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(seen[static_cast<size_t>(i)], i);
}

TEST(ImagePool, FillsFirstAndThenShowsOldOnesHalfOfTheTime) {
  constexpr int kSize = 50, kCount = 4000;
  const std::vector<int> seen = shown({kSize, 7, 0}, kCount);
  for (int i = 0; i < kSize; ++i) EXPECT_EQ(seen[static_cast<size_t>(i)], i);
  std::set<int> old;
  double fresh = 0, age = 0;
  for (int i = kSize; i < kCount; ++i) {
    const int which = seen[static_cast<size_t>(i)];
    ASSERT_LE(which, i);
    if (which == i) {
      ++fresh;
      continue;
    }
    EXPECT_TRUE(old.insert(which).second) << "what was shown is replaced, so it never comes again";
    age += i - which;
  }
  const double drawn = kCount - kSize;
  EXPECT_NEAR(fresh / drawn, 0.5, 5 * std::sqrt(0.25 / drawn));
  // One of 50 is taken out every second time: on average a picture stays for about 100 others.
  const double mean_age = age / static_cast<double>(old.size());
  EXPECT_GT(mean_age, 80);
  EXPECT_LT(mean_age, 120);
}

TEST(ImagePool, DecidesBySeedAndStreamAlone) {
  EXPECT_EQ(shown({3, 7, 0}, 100), shown({3, 7, 0}, 100));
  EXPECT_NE(shown({3, 7, 0}, 100), shown({3, 8, 0}, 100));
  EXPECT_NE(shown({3, 7, 0}, 100), shown({3, 7, 1}, 100));
}

TEST(ImagePool, TreatsTheExamplesOfABatchOneByOne) {
  ImagePool single(3, 7, 0), batched(3, 7, 0);
  for (int step = 0; step < 20; ++step) {
    std::vector<float> both = {static_cast<float>(2 * step), static_cast<float>(2 * step + 1)};
    std::vector<float> first = {both[0]}, second = {both[1]};
    batched.exchange(both, 1);
    single.exchange(first, 1);
    single.exchange(second, 1);
    EXPECT_EQ(both, (std::vector<float>{first[0], second[0]})) << step;
  }
}

}  // namespace
}  // namespace imago

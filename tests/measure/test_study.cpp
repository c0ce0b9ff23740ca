// The perceptual study: what is shown, and what is counted.
#include "models/measure/study.h"

#include <gtest/gtest.h>

#include <set>

#include "compute/base/error.h"

namespace imago::test {
namespace {

TEST(Study, ShowsEveryPictureBeforeAnyAgain) {
  const Study study(12, 50, 3);
  ASSERT_EQ(study.trials().size(), 50u);
  std::set<int> fakes, reals;
  int first = 0;
  for (size_t i = 0; i < 50; ++i) {
    const Study::Trial& trial = study.trials()[i];
    EXPECT_EQ(trial.practice, i < 10);
    if (i < 12) fakes.insert(trial.fake);
    reals.insert(trial.real);
    first += trial.fake_first;
  }
  EXPECT_EQ(fakes.size(), 12u);
  EXPECT_EQ(reals.size(), 50u);
  EXPECT_GT(first, 10);
  EXPECT_LT(first, 40);
  const Study same(12, 50, 3), other(12, 50, 4);
  const auto order = [](const Study& s) {
    std::vector<int> numbers;
    for (const Study::Trial& trial : s.trials()) numbers.push_back(trial.real);
    return numbers;
  };
  EXPECT_EQ(order(study), order(same));
  EXPECT_NE(order(study), order(other));
}

TEST(Study, CountsWhoWasFooledAfterPractice) {
  Study study(5, 5, 1, {.practice = 3, .trials = 8});
  // Wrong in all of practice and in the first two trials after it.
  for (int i = 0; i < 11; ++i) {
    const bool fake_first = study.trials()[static_cast<size_t>(study.next())].fake_first;
    const bool wrong = i < 5;
    EXPECT_EQ(study.answer(wrong ? !fake_first : fake_first), !wrong);
  }
  EXPECT_TRUE(study.finished());
  EXPECT_EQ(study.counted(), 8);
  EXPECT_EQ(study.fooled(), 2);
  EXPECT_DOUBLE_EQ(study.share().value, 0.25);
  EXPECT_DOUBLE_EQ(study.share().low, wilson(2, 8).low);
  EXPECT_THROW(study.answer(true), Error);
  EXPECT_THROW(Study(0, 5, 1), Error);
}

}  // namespace
}  // namespace imago::test

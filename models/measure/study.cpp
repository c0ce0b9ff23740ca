#include "models/measure/study.h"

#include <algorithm>
#include <numeric>

#include "compute/base/error.h"
#include "models/data/random_stream.h"

namespace imago {
namespace {

/// So many numbers below `pictures`: all of them in an order by chance, then in another one…
std::vector<int> dealt(int count, int pictures, RandomStream& random) {
  std::vector<int> result, deck(static_cast<size_t>(pictures));
  while (std::ssize(result) < count) {
    std::iota(deck.begin(), deck.end(), 0);
    for (int i = pictures - 1; i > 0; --i)
      std::swap(deck[static_cast<size_t>(i)], deck[static_cast<size_t>(random.below(i + 1))]);
    result.insert(result.end(), deck.begin(), deck.end());
  }
  return result;
}

}  // namespace

Study::Study(int fakes, int reals, uint64_t seed, const StudyPlan& plan) {
  if (fakes < 1 || reals < 1) throw Error("a study needs generated pictures and real ones");
  const int count = plan.practice + plan.trials;
  RandomStream random(seed, Purpose::study, 0);
  const std::vector<int> fake = dealt(count, fakes, random), real = dealt(count, reals, random);
  for (int i = 0; i < count; ++i)
    trials_.push_back({fake[static_cast<size_t>(i)], real[static_cast<size_t>(i)],
                       random.chance(0.5), i < plan.practice});
}

bool Study::answer(bool first_is_fake) {
  if (finished()) throw Error("the study is over");
  answers_.push_back(first_is_fake == trials_[answers_.size()].fake_first);
  return answers_.back();
}

int Study::counted() const {
  int count = 0;
  for (size_t i = 0; i < answers_.size(); ++i) count += !trials_[i].practice;
  return count;
}

int Study::fooled() const {
  int count = 0;
  for (size_t i = 0; i < answers_.size(); ++i) count += !trials_[i].practice && !answers_[i];
  return count;
}

Estimate Study::share() const { return wilson(fooled(), counted()); }

}  // namespace imago

#include "models/playground/trouble.h"

#include <algorithm>
#include <cmath>

namespace imago::playground {
namespace {

constexpr float kNarrow = 1.0f / 3, kGood = 0.3f, kRight = 0.95f;

bool is_collapsed(const Check& check, const Spread& real) {
  const Coverage& c = check.coverage;
  const bool few = c.modes >= 3 && 3 * c.covered <= c.modes && c.quality >= kGood;
  return few || check.fake.radius < kNarrow * real.radius;
}

bool is_flat(const Check& check) {
  return check.numbers.accuracy() >= kRight && check.numbers.gradient < kFlat;
}

bool swings(std::span<const Check> checks, const Spread& real) {
  float path = 0, extent = 0;
  for (size_t i = 1; i < checks.size(); ++i) {
    path += distance(checks[i].fake.centre, checks[i - 1].fake.centre);
    for (size_t j = 0; j < i; ++j)
      extent = std::max(extent, distance(checks[i].fake.centre, checks[j].fake.centre));
  }
  return extent > kSwing * real.radius && path > kTurns * extent;
}

}  // namespace

std::vector<Trouble> troubles(std::span<const Check> checks, const Spread& real) {
  if (checks.size() < kChecks) return {};
  const std::span<const Check> last = checks.last(kChecks);
  const auto mostly = [&](const auto& holds) {
    return 5 * std::ranges::count_if(last, holds) >= static_cast<int64_t>(4 * kChecks);
  };
  std::vector<Trouble> found;
  if (mostly([&](const Check& check) { return is_collapsed(check, real); }))
    found.push_back(Trouble::collapse);
  if (mostly(is_flat)) found.push_back(Trouble::vanishing_gradient);
  if (checks.size() >= 2 * kChecks && swings(last.first(kChecks / 2), real) &&
      swings(last.last(kChecks / 2), real))
    found.push_back(Trouble::oscillation);
  return found;
}

TroubleWords words_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::vanishing_gradient:
      return {"The generator's gradient has vanished",
              "The discriminator tells nearly all points rightly and is flat where the fake points "
              "are: the generator is not told which way to go.",
              "Choose the non-saturating loss with R1 and equal learning rates."};
    case Trouble::oscillation:
      return {"The two networks chase each other",
              "The fake points move forth and back and come no nearer: each network undoes what "
              "the other has learned.",
              "Learn at a quarter of the rate, without momentum, and with R1."};
    case Trouble::collapse:
      break;
  }
  return {"Mode collapse",
          "The fake points crowd in a few places and leave most of the real ones out.",
          "Learn more slowly, with R1 and two updates of the discriminator for one of the "
          "generator."};
}

Settings remedy(Trouble trouble, Settings s) {
  constexpr float kR1 = 0.5f, kSlow = 0.005f;
  s.r1 = std::max(s.r1, kR1);
  s.beta1 = 0;
  switch (trouble) {
    case Trouble::vanishing_gradient:
      s.loss = Loss::non_saturating;
      s.generator.rate = s.discriminator.rate = kSlow;
      s.generator.updates = s.discriminator.updates = 1;
      break;
    case Trouble::oscillation:
      s.generator.rate /= 4;
      s.discriminator.rate /= 4;
      break;
    case Trouble::collapse:
      if (s.loss == Loss::minimax) s.loss = Loss::non_saturating;
      s.generator.rate = std::min(s.generator.rate, kSlow);
      s.discriminator.rate = std::min(s.discriminator.rate, kSlow);
      s.discriminator.updates = std::max(s.discriminator.updates, 2);
      s.generator.updates = 1;
      break;
  }
  return s;
}

const char* to_string(Trouble trouble) {
  switch (trouble) {
    case Trouble::vanishing_gradient:
      return "vanishing-gradient";
    case Trouble::oscillation:
      return "oscillation";
    case Trouble::collapse:
      break;
  }
  return "collapse";
}

}  // namespace imago::playground

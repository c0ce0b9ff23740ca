// What goes wrong is told when it does and not when it does not.
#include <algorithm>
#include <cmath>

#include "models/playground/presets.h"
#include "tests/playground/fixture.h"

namespace imago::playground {
namespace {

const Spread kReal = {{0, 0}, 0.75f};

/// A healthy look at a run.
Check healthy(int64_t i) {
  Check check;
  check.iteration = kCheckEvery * i;
  check.numbers = {1.3f, 0.8f, 0.6f, 0.5f, 0.1f, -0.1f, 0.4f};
  check.coverage = {8, 8, 0.8f};
  check.fake = {{0.01f * static_cast<float>(i % 3), 0}, 0.74f};
  return check;
}

std::vector<Check> checks(int count, const std::function<void(Check&, int)>& change = {}) {
  std::vector<Check> result;
  for (int i = 0; i < count; ++i) {
    result.push_back(healthy(i));
    if (change) change(result.back(), i);
  }
  return result;
}

using Troubles = std::vector<Trouble>;

TEST(Trouble, NoneWhereAllIsWell) {
  EXPECT_EQ(troubles(checks(100), kReal), Troubles{});
  EXPECT_EQ(troubles({}, kReal), Troubles{});
}

TEST(Trouble, IsToldAfterAWhileAndNoLongerWhenItIsOver) {
  const auto crowded = [](Check& check, int) { check.fake.radius = 0.1f; };
  EXPECT_EQ(troubles(checks(kChecks - 1, crowded), kReal), Troubles{});
  EXPECT_EQ(troubles(checks(kChecks, crowded), kReal), Troubles{Trouble::collapse});
  std::vector<Check> over = checks(kChecks, crowded);
  for (int i = 0; i < 6; ++i) over.push_back(healthy(100 + i));
  EXPECT_EQ(troubles(over, kReal), Troubles{});
}

TEST(Trouble, EachByItsSign) {
  const auto few = [](Check& check, int) { check.coverage = {2, 8, 0.9f}; };
  EXPECT_EQ(troubles(checks(50, few), kReal), Troubles{Trouble::collapse});
  // Few modes and nothing good: it has not begun to learn, which is another matter.
  const auto none = [](Check& check, int) { check.coverage = {1, 8, 0.01f}; };
  EXPECT_EQ(troubles(checks(50, none), kReal), Troubles{});

  const auto flat = [](Check& check, int) {
    check.numbers.real_accuracy = 1;
    check.numbers.fake_accuracy = 0.98f;
    check.numbers.gradient = 0.001f;
  };
  EXPECT_EQ(troubles(checks(50, flat), kReal), Troubles{Trouble::vanishing_gradient});
  // Flat since both are equally good: the game has come to its end.
  const auto even = [](Check& check, int) { check.numbers.gradient = 0.001f; };
  EXPECT_EQ(troubles(checks(50, even), kReal), Troubles{});

  const auto circling = [](Check& check, int i) {
    check.fake.centre = {std::cos(0.7f * static_cast<float>(i)),
                         std::sin(0.7f * static_cast<float>(i))};
  };
  EXPECT_EQ(troubles(checks(50, circling), kReal), Troubles{Trouble::oscillation});
  // On the way to somewhere.
  const auto moving = [](Check& check, int i) {
    check.fake.centre = {0.2f * static_cast<float>(i), 0};
  };
  EXPECT_EQ(troubles(checks(50, moving), kReal), Troubles{});
}

TEST(Trouble, PresetsProvokeWhatTheyAreFor) {
  for (const Preset& preset : presets()) {
    if (!preset.provokes) continue;
    SCOPED_TRACE(preset.name);
    playground::Run run(device(), preset.settings);
    bool told = false;
    for (int i = 0; i < 800 && !told; ++i) {
      run.iterate();
      told = i % 10 == 0 && std::ranges::count(run.troubles(), *preset.provokes) > 0;
    }
    EXPECT_TRUE(told);
  }
}

TEST(Trouble, AHealthyRunIsNotBlamed) {
  const Preset& preset = presets()[2];
  ASSERT_EQ(preset.settings.data, Data::ring);
  playground::Run run(device(), preset.settings);
  for (int i = 0; i < 500; ++i) {
    run.iterate();
    if (i % 10 != 0) continue;
    ASSERT_EQ(run.troubles(), Troubles{}) << i;
  }
  EXPECT_GE(run.check().coverage.covered, 7);
}

TEST(Trouble, RemediesMakeSenseAndChangeSomething) {
  for (const Trouble trouble :
       {Trouble::collapse, Trouble::vanishing_gradient, Trouble::oscillation})
    for (const Preset& preset : presets()) {
      const Settings helped = remedy(trouble, preset.settings);
      EXPECT_NO_THROW(check(helped));
      EXPECT_NE(helped, preset.settings);
      EXPECT_EQ(remedy(trouble, helped).loss, helped.loss);
    }
}

}  // namespace
}  // namespace imago::playground

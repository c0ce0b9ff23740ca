// The game against PyTorch's (tests/fixtures/make_playground.py), and what its future depends on.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "compute/base/error.h"
#include "tests/playground/fixture.h"

namespace imago::playground {
namespace {

using nlohmann::json;

json cases() {
  std::ifstream file(IMAGO_FIXTURES "/playground.json");
  return json::parse(file);
}

Settings settings_of(const json& told) {
  const json run = {{"imago_playground", 1},
                    {"settings", told},
                    {"changes", json::array()},
                    {"iteration", 0},
                    {"between", false}};
  return recipe_from_json(run.dump()).settings;
}

TEST(Game, TenIterationsOfEveryLossAsInPyTorch) {
  for (const json& expected : cases()) {
    SCOPED_TRACE(expected.at("settings").dump());
    Game game(device(), settings_of(expected.at("settings")));
    int iteration = 0;
    for (const json& numbers : expected.at("numbers")) {
      SCOPED_TRACE(++iteration);
      game.iterate();
      EXPECT_NEAR(game.numbers().d_loss, numbers.at("d_loss").get<double>(), 1e-3);
      EXPECT_NEAR(game.numbers().g_loss, numbers.at("g_loss").get<double>(), 1e-3);
      // One point in a batch of 32 may lie on the boundary.
      EXPECT_NEAR(game.numbers().real_accuracy, numbers.at("real_accuracy").get<double>(), 0.04);
      EXPECT_NEAR(game.numbers().fake_accuracy, numbers.at("fake_accuracy").get<double>(), 0.04);
    }
    const std::vector<float> points = game.measured();
    ASSERT_EQ(points.size(), 5000u);
    const json& shown = expected.at("points");
    for (size_t i = 0; i < shown.size(); ++i) {
      EXPECT_NEAR(points[i], shown[i][0].get<double>(), 2e-3);
      EXPECT_NEAR(points[2500 + i], shown[i][1].get<double>(), 2e-3);
    }
  }
}

TEST(Game, ItLearns) {
  Settings s = small();
  s.r1 = 0.1f;
  Game game(device(), s);
  const float before = coverage_of(game.target(), game.measured()).quality;
  for (int i = 0; i < 200; ++i) game.iterate();
  const Coverage after = coverage_of(game.target(), game.measured());
  EXPECT_EQ(after.covered, 2);
  EXPECT_GT(after.quality, 0.4f);
  EXPECT_LT(before, 0.2f);

  // What is shown are points of the same generator.
  EXPECT_NEAR(spread_of(game.look().fake).radius, spread_of(game.measured()).radius, 0.08f);
}

TEST(Game, TheFieldIsWhatDSaysOfPoints) {
  Settings s = small();
  s.generator.updates = 0;  // so that there is something to be told apart
  for (const Loss loss : {Loss::non_saturating, Loss::least_squares, Loss::wasserstein}) {
    SCOPED_TRACE(to_string(loss));
    s.loss = loss;
    Game game(device(), s);
    for (int i = 0; i < 60; ++i) game.iterate();
    const Look look = game.look();
    const auto share_of_real = [&](const std::vector<float>& points) {
      const auto side = static_cast<size_t>(look.field_side), n = points.size() / 2;
      const auto index = [&](float at) {
        const float end = static_cast<float>(side - 1);
        return static_cast<size_t>(
            std::lround(std::clamp((at / look.extent + 1) / 2, 0.0f, 1.0f) * end));
      };
      size_t real = 0;
      for (size_t i = 0; i < n; ++i)
        real += look.field[index(points[n + i]) * side + index(points[i])] > 0.5f;
      return static_cast<float>(real) / static_cast<float>(n);
    };
    // The newest batch's accuracy, of 64 other points, and a grid of 48 places a side.
    EXPECT_GT(game.numbers().accuracy(), 0.6f);
    EXPECT_NEAR(share_of_real(look.real), game.numbers().real_accuracy, 0.12f);
    EXPECT_NEAR(1 - share_of_real(look.fake), game.numbers().fake_accuracy, 0.12f);
  }
}

TEST(Game, TheGridIsMadeOfTheLatentSpacesCorners) {
  Settings s = small();
  s.generator.layout.layers = 0;  // a straight map: squares become parallelograms
  Game game(device(), s);
  const Look look = game.look();
  ASSERT_EQ(look.grid.size(), 2u * 21 * 21);
  const auto at = [&](size_t column, size_t row, size_t axis) {
    return look.grid[axis * 21 * 21 + row * 21 + column];
  };
  for (const size_t axis : {0, 1}) {
    const float right = at(1, 0, axis) - at(0, 0, axis), up = at(0, 1, axis) - at(0, 0, axis);
    EXPECT_NEAR(at(20, 20, axis), at(0, 0, axis) + 20 * (right + up), 1e-4f);
    EXPECT_NEAR(at(10, 10, axis), 0, 1e-5f);  // the latent zero, without biases yet
  }
  s.latent_dimensions = 1;
  EXPECT_EQ(Game(device(), s).look().grid.size(), 2u * 21);
}

TEST(Game, ArrowsLeadToWhatDTakesForReal) {
  Game game(device(), small());
  for (int i = 0; i < 30; ++i) game.iterate();
  // Against the slope of D's belief by finite differences on the field: both point uphill.
  const Look look = game.look();
  const int side = look.field_side;
  const float cell = 2 * look.extent / static_cast<float>(side - 1);
  int compared = 0, agree = 0;
  for (size_t i = 0; i < 512; ++i) {
    const float x = (look.fake[i] + look.extent) / cell,
                y = (look.fake[512 + i] + look.extent) / cell;
    const int column = static_cast<int>(std::lround(x)), row = static_cast<int>(std::lround(y));
    if (column < 1 || row < 1 || column > side - 2 || row > side - 2) continue;
    const auto at = [&](int c, int r) { return look.field[static_cast<size_t>(r * side + c)]; };
    const float dx = at(column + 1, row) - at(column - 1, row);
    const float dy = at(column, row + 1) - at(column, row - 1);
    const float along = dx * look.arrows[i] + dy * look.arrows[512 + i];
    ++compared;
    agree += along > 0.5f * std::hypot(dx, dy) * std::hypot(look.arrows[i], look.arrows[512 + i]);
  }
  EXPECT_GT(compared, 100);
  EXPECT_GT(agree, compared * 9 / 10);
}

TEST(Game, OneSeedOneGame) {
  Settings s = small();
  Game first(device(), s), second(device(), s);
  for (int i = 0; i < 5; ++i) {
    first.iterate();
    first.look();  // looking changes nothing
    first.measured();
    second.part();
    second.part();
  }
  expect_equal(first.snapshot(), second.snapshot());
  s.seed = 2;
  Game other(device(), s);
  for (int i = 0; i < 5; ++i) other.iterate();
  EXPECT_NE(other.numbers().d_loss, first.numbers().d_loss);
}

TEST(Game, GoesOnFromASnapshot) {
  Game game(device(), small());
  for (int i = 0; i < 3; ++i) game.iterate();
  game.part();
  const Snapshot middle = game.snapshot();
  EXPECT_TRUE(middle.progress.between);
  for (int i = 0; i < 3; ++i) game.iterate();
  const Snapshot end = game.snapshot();
  game.restore(middle);
  for (int i = 0; i < 3; ++i) game.iterate();
  expect_equal(game.snapshot(), end);
}

TEST(Game, ChangesKeepWhatFits) {
  Game game(device(), small());
  for (int i = 0; i < 5; ++i) game.iterate();
  const std::vector<float> points = game.measured();

  Settings changed = game.settings();
  changed.loss = Loss::wasserstein_penalty;
  changed.discriminator.layout.width = 24;  // D begins anew, but for its last bias
  game.change(changed);
  EXPECT_EQ(game.measured(), points);
  EXPECT_EQ(game.progress().iterations, 5);
  game.iterate();
  EXPECT_NE(game.measured(), points);

  const std::vector<float> later = game.measured();
  changed.generator.rate = 0;
  EXPECT_THROW(game.change(changed), Error);  // and nothing has changed
  EXPECT_EQ(game.settings().generator.rate, 0.01f);
  EXPECT_EQ(game.measured(), later);

  // Who has no updates does not learn.
  changed.generator.rate = 0.01f;
  changed.generator.updates = 0;
  game.change(changed);
  game.iterate();
  EXPECT_EQ(game.measured(), later);
}

TEST(Game, ClippedWeightsStayWithin) {
  Settings s = small();
  s.loss = Loss::wasserstein;
  s.clip = 0.05f;
  Game game(device(), s);
  for (int i = 0; i < 3; ++i) game.iterate();
  float most = 0;
  for (const Snapshot::Array& array : game.snapshot().arrays)
    if (array.name.starts_with("D."))
      for (const float value : array.values) most = std::max(most, std::abs(value));
  EXPECT_NEAR(most, 0.05f, 1e-6f);
}

TEST(Game, SettingsThatMakeNoSense) {
  const auto refused = [](const auto& change, const std::string& what) {
    Settings s = small();
    change(s);
    try {
      check(s);
      ADD_FAILURE() << "took " << what;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
    }
  };
  refused([](Settings& s) { s.generator.layout.layers = 6; }, "the generator's number of layers");
  refused([](Settings& s) { s.discriminator.layout.width = 0; }, "the discriminator's width");
  refused([](Settings& s) { s.generator.rate = std::nanf(""); }, "learning rate");
  refused([](Settings& s) { s.batch = 30; }, "multiple of 4");
  refused([](Settings& s) { s.latent_dimensions = 3; }, "latent space's dimension");
  refused([](Settings& s) { s.data = Data::drawn; }, "nothing is drawn yet");
  refused([](Settings& s) { s.drawn = {{3, 0}}; }, "outside");
  EXPECT_THROW(loss_named("hinges"), Error);
}

const std::vector<float>& array_of(const Snapshot& snapshot, const std::string& name) {
  static const std::vector<float> none;
  for (const Snapshot::Array& array : snapshot.arrays)
    if (array.name == name) return array.values;
  ADD_FAILURE() << "no " << name;
  return none;
}

TEST(Game, AdamBeginsAnewWithNewLayers) {
  Game game(device(), small());
  for (int i = 0; i < 30; ++i) game.iterate();
  Settings s = game.settings();
  s.generator.layout.width = 24;
  game.change(s);
  const Snapshot before = game.snapshot();
  EXPECT_EQ(before.generator_steps, 0);
  EXPECT_EQ(before.discriminator_steps, 30);
  game.iterate();
  const Snapshot after = game.snapshot();
  // Adam's first step moves every weight by its rate, whatever the gradient (Kingma and Ba 2015,
  // section 2.1); with a count that had gone on it would be up to five times that.
  float longest = 0;
  for (const char* name : {"G.0.weight", "G.1.weight"}) {
    const std::vector<float>&a = array_of(before, name), &b = array_of(after, name);
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) longest = std::max(longest, std::abs(b[i] - a[i]));
  }
  EXPECT_NEAR(longest, s.generator.rate, 0.01f * s.generator.rate);
}

TEST(Game, WeightsStayWithSpectralNormOnAndOff) {
  Game game(device(), small());
  for (int i = 0; i < 5; ++i) game.iterate();
  const Snapshot plain = game.snapshot();
  Settings s = game.settings();
  s.spectral_norm = true;
  game.change(s);
  const Snapshot normed = game.snapshot();
  EXPECT_EQ(array_of(normed, "D.0.weight_orig"), array_of(plain, "D.0.weight"));
  EXPECT_EQ(array_of(normed, "first_moment.D.0.weight_orig"),
            array_of(plain, "first_moment.D.0.weight"));
  EXPECT_EQ(normed.discriminator_steps, 5);
  s.spectral_norm = false;
  game.change(s);
  EXPECT_EQ(game.snapshot().arrays, plain.arrays);
}

TEST(Game, CountsTheRealPointsItWasShown) {
  Settings s = small();
  Game game(device(), s);
  game.iterate();
  s.batch = 32;
  s.discriminator.updates = 3;
  game.change(s);
  game.iterate();
  EXPECT_EQ(game.real_points(), 64 + 3 * 32);
}

}  // namespace
}  // namespace imago::playground

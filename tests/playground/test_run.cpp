// Runs: repeated from their file, gone back in, and files that are none.
#include <filesystem>
#include <fstream>

#include "compute/base/error.h"
#include "tests/playground/fixture.h"

namespace imago::playground {
namespace {

/// A run in which much is changed, also in the middle of an iteration.
void play(Run& run) {
  for (int i = 0; i < 6; ++i) run.iterate();
  Settings s = run.game().settings();
  s.data = Data::drawn;
  s.drawn = {{0.1f, 0.2f}, {-0.3f, 0.7f}};
  run.change(s);
  for (int i = 0; i < 3; ++i) run.iterate();
  run.part();
  s.loss = Loss::least_squares;
  s.generator.layout.width = 20;
  s.discriminator.updates = 2;
  run.change(s);
  for (int i = 0; i < 4; ++i) run.iterate();
  run.part();
}

TEST(Run, IsRepeatedFromItsFile) {
  playground::Run run(device(), small());
  play(run);
  const std::string file =
      (std::filesystem::path(testing::TempDir()) / "imago_playground_run.json").string();
  save_recipe(run.recipe(), file);
  EXPECT_LT(std::filesystem::file_size(file), 5000u);
  const Recipe recipe = load_recipe(file);
  EXPECT_EQ(recipe, run.recipe());
  EXPECT_EQ(recipe.changes.size(), 2u);

  double told = 0;
  playground::Run again(device(), recipe, [&](double share) {
    EXPECT_GE(share, told);
    told = share;
    return true;
  });
  expect_equal(again.game().snapshot(), run.game().snapshot());
  EXPECT_EQ(again.game().settings(), run.game().settings());
  EXPECT_EQ(again.recipe(), recipe);
  EXPECT_EQ(told, 1);
  std::filesystem::remove(file);
}

TEST(Run, GoesBackAndForth) {
  playground::Run run(device(), small());
  for (int i = 0; i < 105; ++i) run.iterate();
  const Snapshot end = run.game().snapshot();
  const std::vector<Progress> moments = run.moments();
  ASSERT_EQ(moments.size(), 3u);
  EXPECT_EQ(moments[1].iterations, 100);
  EXPECT_EQ(moments[2].iterations, 105);
  EXPECT_EQ(run.checks().size(), 10u);

  run.go_to(0);
  EXPECT_EQ(run.game().progress(), Progress{});
  EXPECT_TRUE(run.checks().empty());
  run.go_to(2);
  expect_equal(run.game().snapshot(), end);
  EXPECT_EQ(run.checks().size(), 10u);

  // From an earlier moment the same happens again…
  run.go_to(1);
  for (int i = 0; i < 5; ++i) run.iterate();
  expect_equal(run.game().snapshot(), end);
  // …and with other settings something else; what came after is forgotten.
  run.go_to(1);
  Settings s = run.game().settings();
  s.r1 = 1;
  run.change(s);
  run.iterate();
  EXPECT_EQ(run.moments().back().iterations, 101);
  EXPECT_EQ(run.recipe().changes.size(), 1u);
  run.go_to(1);
  EXPECT_EQ(run.game().settings().r1, 0);
  // The change came after that moment: what would be saved now does not have it.
  EXPECT_TRUE(run.recipe().changes.empty());
  run.iterate();
  EXPECT_TRUE(run.recipe().changes.empty());
}

TEST(Run, ChangesBeforeTheFirstIterationAreItsBeginning) {
  playground::Run run(device(), small());
  Settings s = run.game().settings();
  s.r1 = 2;
  run.change(s);
  EXPECT_TRUE(run.recipe().changes.empty());
  EXPECT_EQ(run.recipe().settings.r1, 2);
}

TEST(Run, FilesThatAreNone) {
  Recipe recipe;
  recipe.settings = small();
  recipe.end = {7, true};
  const std::string good = to_json(recipe);
  EXPECT_EQ(recipe_from_json(good), recipe);
  const auto refused = [&](std::string text, const std::string& from, const std::string& to,
                           const std::string& what) {
    SCOPED_TRACE(to);
    if (!from.empty()) {
      ASSERT_NE(text.find(from), std::string::npos);
      text.replace(text.find(from), from.size(), to);
    }
    try {
      recipe_from_json(text);
      ADD_FAILURE() << "took " << text;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(what), std::string::npos) << error.what();
    }
  };
  refused("", "", "", "no run of the playground");
  refused("[1, 2]", "", "", "no run of the playground");
  refused(good, "\"imago_playground\": 1", "\"imago_playground\": 2", "version 2");
  refused(good, "\"two-clusters\"", "\"three\"", "there is no 'three'");
  refused(good, "\"batch\": 64", "\"batch\": 6000", "the batch is 6000");
  refused(good, "\"batch\": 64", "\"batch\": \"64\"", "no run of the playground");
  refused(good, "\"iteration\": 7", "\"iteration\": -7", "iteration -7");
  refused(good, "\"seed\"", "\"sead\"", "seed");
  EXPECT_THROW(load_recipe("/nowhere/run.json"), Error);
}

}  // namespace
}  // namespace imago::playground

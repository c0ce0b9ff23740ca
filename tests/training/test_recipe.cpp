// The recipes that come with the program.
#include "models/training/recipe.h"

#include <gtest/gtest.h>

#include "models/training/prepare.h"

namespace imago::test {
namespace {

TEST(Recipe, EveryOneCanBeTrained) {
  const std::vector<std::string> names = recipe_names();
  ASSERT_FALSE(names.empty());
  for (const std::string& name : names) {
    SCOPED_TRACE(name);
    Recipe recipe = read_recipe(name);
    EXPECT_EQ(recipe.request.name, name);
    EXPECT_NE(recipe.title, name) << "a heading for people";
    EXPECT_TRUE(recipe.request.data.dataroot.empty()) << "pictures are where the user has them";
    recipe.request.data.dataroot = ".";
    EXPECT_NO_THROW(check(recipe.request));
    const BatchShapes shapes = batch_shapes(recipe.request.data, recipe.request.data.crop_size);
    EXPECT_NO_THROW(prepare(recipe.request, shapes.a, shapes.b));
  }
}

}  // namespace
}  // namespace imago::test

// Recipes: trainings that come with the program, as files (models/recipes) that name a method and
// those of its options that are not the method's defaults.
//
//   {"imago_recipe": 1, "title": "Upscale photographs four times",
//    "options": {"method": "srgan", "netG": "srvgg_8blocks", "ngf": 48, …}, …}
//
// Options are those of options.json (request_json.h). What else stands there is for the model card
// and for scripts/train-models, which writes it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "models/training/request.h"

namespace imago {

struct Recipe {
  std::string name;         // the file's stem
  std::string title;        // what a model of it does, as a heading
  TrainingRequest request;  // without a dataroot; its name is that of the recipe
};

/// The folders looked in, whether they exist or not: ../share/imago/recipes beside an installed
/// program, models/recipes of the source tree beside one that was built there.
std::vector<std::filesystem::path> recipe_folders();

/// The names of all recipes in them, sorted.
std::vector<std::string> recipe_names();

/// `recipe`: the path of a file, or the name of a recipe. Throws Error naming the file and what is
/// wrong in it, or the recipes that there are.
Recipe read_recipe(const std::string& recipe);

}  // namespace imago

#include "models/training/recipe.h"

#include <nlohmann/json.hpp>
#include <set>

#include "compute/base/error.h"
#include "models/library/registry.h"
#include "models/training/request_json.h"
#include "models/training/run/text_file.h"

namespace imago {
namespace fs = std::filesystem;
namespace {

using nlohmann::ordered_json;

constexpr int kRecipeFormat = 1;

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

fs::path file_of(const std::string& recipe) {
  if (is_file(recipe)) return recipe;
  for (const fs::path& folder : recipe_folders())
    if (const fs::path file = folder / (recipe + ".json"); is_file(file)) return file;
  std::string names;
  for (const std::string& name : recipe_names()) names += (names.empty() ? "" : ", ") + name;
  throw Error(recipe + ": no such file and no recipe of this name; " +
              (names.empty() ? "there are none" : "there are " + names));
}

}  // namespace

std::vector<fs::path> recipe_folders() {
  const std::optional<fs::path> bin = program_folder();
  if (!bin) return {};
  return {(*bin / "../share/imago/recipes").lexically_normal(),
          (*bin / "../../../models/recipes").lexically_normal()};  // build/<preset>/bin
}

std::vector<std::string> recipe_names() {
  std::set<std::string> names;
  for (const fs::path& folder : recipe_folders()) {
    std::error_code unreadable;
    for (fs::directory_iterator entry(folder, unreadable), end; !unreadable && entry != end;
         entry.increment(unreadable))
      if (entry->path().extension() == ".json") names.insert(entry->path().stem().string());
  }
  return {names.begin(), names.end()};
}

Recipe read_recipe(const std::string& recipe) {
  const fs::path file = file_of(recipe);
  const std::string source = file.string();
  const ordered_json json = ordered_json::parse(read_text_file(file), nullptr, false);
  if (!json.is_object() || !json.contains("imago_recipe") || !json.contains("options") ||
      !json["options"].is_object())
    throw Error(source + ": is not a recipe of Imago");
  if (json["imago_recipe"] != kRecipeFormat)
    throw Error(source + ": is a recipe for another version of Imago");
  ordered_json options = json["options"];
  options["imago_options"] = 1;
  Recipe result;
  result.name = file.stem().string();
  result.title = json.value("title", result.name);
  result.request = request_from_json(options.dump(), source);
  result.request.name = result.name;
  return result;
}

}  // namespace imago

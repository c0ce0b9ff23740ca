// The run file: {"imago_playground": 1, "settings": {…}, "changes": [{"iteration", "between",
// "settings"}], "iteration", "between"}.
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>

#include "compute/base/atomic_file.h"
#include "compute/base/error.h"
#include "models/playground/run.h"

namespace imago::playground {
namespace {

using nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr size_t kMostChanges = 100000, kMostDrawn = 100000;
constexpr int64_t kMostIterations = 1'000'000'000;

ordered_json to_object(const Player& player) {
  return {{"layers", player.layout.layers},
          {"width", player.layout.width},
          {"rate", short_number(player.rate)},
          {"updates", player.updates}};
}

ordered_json to_object(const Settings& s) {
  ordered_json result = {{"data", to_string(s.data)},
                         {"latent", to_string(s.latent)},
                         {"latent_dimensions", s.latent_dimensions},
                         {"generator", to_object(s.generator)},
                         {"discriminator", to_object(s.discriminator)},
                         {"activation", to_string(s.activation)},
                         {"loss", to_string(s.loss)},
                         {"clip", short_number(s.clip)},
                         {"penalty_weight", short_number(s.penalty_weight)},
                         {"r1", short_number(s.r1)},
                         {"spectral_norm", s.spectral_norm},
                         {"beta1", short_number(s.beta1)},
                         {"beta2", short_number(s.beta2)},
                         {"batch", s.batch},
                         {"seed", s.seed}};
  if (s.drawn.empty()) return result;
  ordered_json& drawn = result["drawn"] = ordered_json::array();
  for (const Point& p : s.drawn) drawn.push_back({short_number(p.x), short_number(p.y)});
  return result;
}

template <class Json>
Player player_from(const Json& object) {
  return {{object.at("layers").template get<int>(), object.at("width").template get<int>()},
          object.at("rate").template get<float>(),
          object.at("updates").template get<int>()};
}

Settings settings_from(const ordered_json& object) {
  Settings s;
  s.data = data_named(object.at("data").get<std::string>());
  s.latent = latent_named(object.at("latent").get<std::string>());
  s.latent_dimensions = object.at("latent_dimensions").get<int>();
  s.generator = player_from(object.at("generator"));
  s.discriminator = player_from(object.at("discriminator"));
  s.activation = activation_named(object.at("activation").get<std::string>());
  s.loss = loss_named(object.at("loss").get<std::string>());
  s.clip = object.at("clip").get<float>();
  s.penalty_weight = object.at("penalty_weight").get<float>();
  s.r1 = object.at("r1").get<float>();
  s.spectral_norm = object.at("spectral_norm").get<bool>();
  s.beta1 = object.at("beta1").get<float>();
  s.beta2 = object.at("beta2").get<float>();
  s.batch = object.at("batch").get<int>();
  s.seed = object.at("seed").get<uint64_t>();
  if (object.contains("drawn")) {
    const ordered_json& drawn = object.at("drawn");
    if (drawn.size() > kMostDrawn) throw Error("more points are drawn than any person draws");
    for (const ordered_json& p : drawn)
      s.drawn.push_back({p.at(0).get<float>(), p.at(1).get<float>()});
  }
  check(s);
  return s;
}

Progress progress_from(const ordered_json& object) {
  const Progress p{object.at("iteration").get<int64_t>(), object.at("between").get<bool>()};
  if (p.iterations < 0 || p.iterations > kMostIterations)
    throw Error("iteration " + std::to_string(p.iterations) + " makes no sense");
  return p;
}

}  // namespace

double short_number(float value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof(text) - 1, value);
  *end.ptr = 0;
  return std::strtod(text, nullptr);
}

std::string to_json(const Recipe& recipe) {
  ordered_json changes = ordered_json::array();
  for (const Recipe::Change& change : recipe.changes)
    changes.push_back({{"iteration", change.at.iterations},
                       {"between", change.at.between},
                       {"settings", to_object(change.settings)}});
  const ordered_json object = {{"imago_playground", kVersion},
                               {"settings", to_object(recipe.settings)},
                               {"changes", changes},
                               {"iteration", recipe.end.iterations},
                               {"between", recipe.end.between}};
  return object.dump(1) + "\n";
}

Recipe recipe_from_json(const std::string& text) {
  try {
    const ordered_json object = ordered_json::parse(text);
    if (!object.is_object() || !object.contains("imago_playground"))
      throw Error("this is no run of the playground");
    if (const int version = object.at("imago_playground").get<int>(); version != kVersion)
      throw Error("the run is of version " + std::to_string(version) +
                  "; this program reads version " + std::to_string(kVersion));
    Recipe recipe;
    recipe.settings = settings_from(object.at("settings"));
    recipe.end = progress_from(object);
    const ordered_json& changes = object.at("changes");
    if (changes.size() > kMostChanges) throw Error("there are more changes than make sense");
    for (const ordered_json& change : changes) {
      recipe.changes.push_back({progress_from(change), settings_from(change.at("settings"))});
      if (recipe.changes.size() > 1 &&
          recipe.changes.back().at <= recipe.changes[recipe.changes.size() - 2].at)
        throw Error("the changes are not in the order of their iterations");
    }
    return recipe;
  } catch (const nlohmann::json::exception& error) {
    throw Error(std::string("this is no run of the playground: ") + error.what());
  }
}

void save_recipe(const Recipe& recipe, const std::filesystem::path& file) {
  const std::string text = to_json(recipe);
  write_file_atomically(file, std::as_bytes(std::span(text)));
}

Recipe load_recipe(const std::filesystem::path& file) {
  constexpr uintmax_t kMostBytes = 64 << 20;
  std::error_code failed;
  const uintmax_t bytes = std::filesystem::file_size(file, failed);
  if (failed) throw Error(file.string() + ": " + failed.message());
  if (bytes > kMostBytes) throw Error(file.string() + ": is too large for a run of the playground");
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw Error(file.string() + ": cannot be read");
  try {
    return recipe_from_json(text.str());
  } catch (const Error& error) {
    throw Error(file.string() + ": " + error.what());
  }
}

}  // namespace imago::playground

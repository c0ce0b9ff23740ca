#include "models/library/model_card.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

namespace imago {
namespace fs = std::filesystem;

std::optional<ModelCard> read_model_card(const fs::path& model) {
  std::ifstream file(fs::path(model).replace_extension(".json"));
  if (!file) return std::nullopt;
  const nlohmann::json json = nlohmann::json::parse(file, nullptr, false);
  if (!json.is_object() || !json.contains("imago_card")) return std::nullopt;
  const auto text_in = [](const nlohmann::json& object, const char* name) {
    if (!object.is_object()) return std::string();
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  const auto text = [&](const char* name) { return text_in(json, name); };
  const auto data = json.value("data", nlohmann::json());
  const auto picture = [&](const fs::path& where, const char* name) {
    const fs::path told = text(name), path = where / told;
    const bool below = told.is_relative() && std::ranges::find(told, "..") == told.end();
    std::error_code ignored;
    return below && fs::is_regular_file(path, ignored) ? path : fs::path();
  };
  const fs::path folder = model.parent_path();
  ModelCard card{text("title"),
                 text("task"),
                 text("description"),
                 text("limits"),
                 text("license"),
                 text("origin"),
                 text_in(json.value("training", nlohmann::json()), "command"),
                 text_in(data, "what"),
                 text_in(data, "from"),
                 picture(folder, "sample"),
                 picture(folder.parent_path() / "samples", "try")};
  return card;
}

}  // namespace imago

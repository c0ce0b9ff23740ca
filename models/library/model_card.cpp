#include "models/library/model_card.h"

#include <fstream>
#include <nlohmann/json.hpp>

namespace imago {
namespace fs = std::filesystem;

std::optional<ModelCard> read_model_card(const fs::path& model) {
  std::ifstream file(fs::path(model).replace_extension(".json"));
  if (!file) return std::nullopt;
  const nlohmann::json json = nlohmann::json::parse(file, nullptr, false);
  if (!json.is_object() || !json.contains("imago_card")) return std::nullopt;
  const auto text = [&](const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  ModelCard card{text("title"),  text("task"),    text("description"),
                 text("limits"), text("license"), {}};
  if (const std::string sample = text("sample"); !sample.empty()) {
    const fs::path path = model.parent_path() / fs::path(sample).filename();
    std::error_code ignored;
    if (fs::is_regular_file(path, ignored)) card.sample = path;
  }
  return card;
}

}  // namespace imago

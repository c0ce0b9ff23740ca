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
  const auto picture = [&](const fs::path& where, const char* name) {
    const std::string told = text(name);
    const fs::path path = where / fs::path(told).filename();
    std::error_code ignored;
    return !told.empty() && fs::is_regular_file(path, ignored) ? path : fs::path();
  };
  const fs::path folder = model.parent_path();
  ModelCard card{text("title"),
                 text("task"),
                 text("description"),
                 text("limits"),
                 text("license"),
                 picture(folder, "sample"),
                 picture(folder.parent_path() / "samples", "try")};
  return card;
}

}  // namespace imago

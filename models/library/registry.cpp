#include "models/library/registry.h"

#include <sys/auxv.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <numeric>
#include <sstream>

#include "compute/base/error.h"

namespace imago {
namespace fs = std::filesystem;
namespace {

constexpr std::array<const char*, 5> kExtensions = {".safetensors", ".pth", ".pt", ".onnx",
                                                    ".param"};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

/// 0 for the extension to be preferred; -1 if it is not that of a model.
int rank_of(const fs::path& path) {
  const auto found = std::find(kExtensions.begin(), kExtensions.end(), path.extension().string());
  return found == kExtensions.end() ? -1 : static_cast<int>(found - kExtensions.begin());
}

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// Levenshtein's distance: insertions, deletions and substitutions from `a` to `b`.
size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

/// Up to three names that the user may have meant, nearest first.
std::vector<std::string> near_names(const std::string& name,
                                    const std::vector<InstalledModel>& models) {
  std::vector<std::pair<size_t, std::string>> near;
  for (const InstalledModel& model : models) {
    const bool contains = !name.empty() && model.name.find(name) != std::string::npos;
    const std::string beginning = model.name.substr(0, name.size());
    const size_t distance =
        contains ? 1
                 : std::min(edit_distance(name, model.name), 1 + edit_distance(name, beginning));
    if (distance <= std::max<size_t>(2, name.size() / 3)) near.emplace_back(distance, model.name);
  }
  std::sort(near.begin(), near.end());
  if (near.size() > 3) near.resize(3);
  std::vector<std::string> names;
  for (const auto& [distance, found] : near) names.push_back(found);
  return names;
}

template <class Range>
std::string joined(const Range& parts, const char* separator) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : separator) + std::string(part);
  return text;
}

std::string unknown_model(const std::string& name) {
  const std::vector<InstalledModel> models = installed_models();
  std::string message = name + ": no such file and no installed model of this name";
  if (const auto near = near_names(name, models); !near.empty())
    message += "; did you mean " + joined(near, " or ") + "?";
  else if (models.empty())
    message += "; no model is installed";
  return message + "; looked in " + joined(model_folders(), ", ");
}

}  // namespace

std::optional<fs::path> program_folder() {
  std::error_code unknown;
  fs::path program = fs::read_symlink("/proc/self/exe", unknown);
  if (unknown)  // no /proc, as in some containers: what the program was started as
    program = fs::canonical(reinterpret_cast<const char*>(getauxval(AT_EXECFN)), unknown);
  if (unknown) return std::nullopt;
  return program.parent_path();
}

std::vector<fs::path> model_folders() {
  std::vector<fs::path> folders;
  std::stringstream listed(environment("IMAGO_MODELS"));
  for (std::string folder; std::getline(listed, folder, ':');)
    if (!folder.empty()) folders.push_back(folder);

  if (const std::string data = environment("XDG_DATA_HOME"); !data.empty())
    folders.push_back(fs::path(data) / "imago/models");
  else if (const std::string home = environment("HOME"); !home.empty())
    folders.push_back(fs::path(home) / ".local/share/imago/models");

  for (const fs::path& folder : shipped_model_folders()) folders.push_back(folder);
  return folders;
}

std::vector<fs::path> shipped_model_folders() {
  const std::optional<fs::path> bin = program_folder();
  if (!bin) return {};
  return {(*bin / "../share/imago/models").lexically_normal(),
          (*bin / "../../../models/weights").lexically_normal()};  // build/<preset>/bin
}

fs::path user_model_folder() {
  const std::vector<fs::path> folders = model_folders();
  if (folders.empty()) throw Error("there is no folder for models; name one in $IMAGO_MODELS");
  return folders.front();
}

std::vector<InstalledModel> installed_models() {
  std::map<std::string, fs::path> found;
  for (const fs::path& folder : model_folders()) {
    std::map<std::string, fs::path> here;
    std::error_code unreadable;
    for (fs::directory_iterator entry(folder, unreadable), end; !unreadable && entry != end;
         entry.increment(unreadable)) {
      const int rank = rank_of(entry->path());
      if (rank < 0 || !is_file(entry->path())) continue;
      fs::path& chosen = here[entry->path().stem().string()];
      if (chosen.empty() || rank < rank_of(chosen)) chosen = entry->path();
    }
    found.merge(here);  // keeps what is there: the earlier folder
  }
  std::vector<InstalledModel> models;
  for (const auto& [name, path] : found) models.push_back({name, path});
  return models;
}

fs::path resolve_model(const std::string& model) {
  if (is_file(model)) return model;
  std::error_code ignored;
  for (const InstalledModel& installed : installed_models())
    if (installed.name == model || installed.path.filename() == model) return installed.path;
  if (fs::is_directory(model, ignored))
    throw Error(model + ": is a folder; name the checkpoint file in it, or an installed model");
  if (model.find('/') != std::string::npos) throw Error(model + ": no such file");
  throw Error(unknown_model(model));
}

}  // namespace imago

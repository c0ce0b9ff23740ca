#include "models/data/walk.h"

#include <algorithm>
#include <set>

#include "models/data/picture.h"

namespace imago {
namespace fs = std::filesystem;
namespace {

void walk(const fs::path& folder, std::set<fs::path>& visited, FoundFiles& found) {
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  if (!error && !visited.insert(real).second) return;
  fs::directory_iterator entry(folder, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.filename().native().starts_with('.')) continue;
    if (is_folder(path))
      walk(path, visited, found);
    else
      (has_image_extension(path) ? found.pictures : found.others).push_back(path);
  }
  if (error) throw DataError(folder.string() + ": cannot read this folder: " + error.message());
}

}  // namespace

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

fs::path whole(const fs::path& path) {
  const fs::path normal = fs::absolute(path).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

std::vector<std::string> folders_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    if (is_folder(entry->path())) names.push_back(entry->path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

FoundFiles files_below(const fs::path& folder) {
  std::set<fs::path> visited;
  FoundFiles found;
  walk(folder, visited, found);
  std::sort(found.pictures.begin(), found.pictures.end());
  std::sort(found.others.begin(), found.others.end());
  return found;
}

std::string listed(const std::vector<std::string>& names, size_t most) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), most); ++i) text += (i ? ", " : "") + names[i];
  return text + (names.size() > most ? ", …" : "");
}

}  // namespace imago

#include "models/data/walk.h"

#include <algorithm>

#include "models/data/picture.h"

namespace imago {
namespace fs = std::filesystem;

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
  FoundFiles found;
  FolderWalk walk;
  walk.walk(folder, [&](const fs::path& file, const fs::path&) {
    (has_image_extension(file) ? found.pictures : found.others).push_back(file);
    return true;
  });
  for (const FolderWalk::Unreadable& unreadable : walk.unreadable())
    throw DataError(unreadable.folder.string() + ": " + unreadable.reason);
  return found;
}

std::string listed(const std::vector<std::string>& names, size_t most) {
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), most); ++i) text += (i ? ", " : "") + names[i];
  return text + (names.size() > most ? ", …" : "");
}

}  // namespace imago

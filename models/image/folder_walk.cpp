#include "models/image/folder_walk.h"

#include <algorithm>

namespace imago {
namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

fs::path resolved(const fs::path& path) {
  std::error_code error;
  fs::path result = fs::weakly_canonical(fs::absolute(path, error), error);
  if (error) return path.lexically_normal();
  return result.has_filename() ? result : result.parent_path();  // "folder/" -> "folder"
}

void FolderWalk::leave_out(const fs::path& folder) { visited_.insert(resolved(folder)); }

bool FolderWalk::walk(const fs::path& folder, const Visit& visit) {
  return walk(folder, {}, visit);
}

bool FolderWalk::walk(const fs::path& folder, const fs::path& relative, const Visit& visit) {
  if (!visited_.insert(resolved(folder)).second) return true;
  std::vector<fs::path> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    names.push_back(entry->path().filename());
  if (error) unreadable_.push_back({folder, "cannot read this folder: " + error.message()});
  std::sort(names.begin(), names.end());
  for (const fs::path& name : names) {
    if (name.native().starts_with('.')) continue;
    const fs::path path = folder / name, below = relative / name;
    if (!(is_folder(path) ? walk(path, below, visit) : visit(path, below))) return false;
  }
  return true;
}

}  // namespace imago

#include "models/data/files.h"

#include <algorithm>
#include <set>

namespace imago {
namespace fs = std::filesystem;
namespace {

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

/// The pictures in `folder` and below; hidden ones left out, links followed, every folder visited
/// once so that links cannot lead round in circles.
void walk(const fs::path& folder, std::set<fs::path>& visited, std::vector<fs::path>& found) {
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  if (!error && !visited.insert(real).second) return;
  fs::directory_iterator entry(folder, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.filename().native().starts_with('.')) continue;
    if (is_folder(path))
      walk(path, visited, found);
    else if (has_image_extension(path))
      found.push_back(path);
  }
  if (error) throw DataError(folder.string() + ": cannot read this folder: " + error.message());
}

std::vector<fs::path> pictures_below(const fs::path& folder, const DataOptions& options) {
  std::set<fs::path> visited;
  std::vector<fs::path> found;
  walk(folder, visited, found);
  if (found.empty())
    throw DataError(folder.string() +
                    ": no pictures in this folder (png, jpg, webp, tif, bmp, ppm)");
  for (fs::path& path : found) path = path.lexically_relative(options.dataroot);
  std::sort(found.begin(), found.end());
  if (options.max_dataset_size > 0 && found.size() > static_cast<size_t>(options.max_dataset_size))
    found.resize(static_cast<size_t>(options.max_dataset_size));
  return found;
}

std::string layout(const DataOptions& options) {
  if (options.kind == DataKind::unaligned)
    return "unaligned data lies in two folders, " + options.phase + "A and " + options.phase + "B";
  return "aligned data lies in a folder " + options.phase +
         " of pictures with A and B side by side";
}

/// The folders in the data root, to show what --phase could have named.
std::string what_is_there(const fs::path& root) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end;
       entry.increment(error))
    if (is_folder(entry->path())) names.push_back(entry->path().filename().string());
  if (names.empty()) return "it has no folders";
  std::sort(names.begin(), names.end());
  constexpr size_t kShown = 8;
  std::string text = "it has ";
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) text += (i ? ", " : "") + names[i];
  return text + (names.size() > kShown ? ", …" : "");
}

fs::path required_folder(const DataOptions& options, const std::string& name) {
  const fs::path folder = options.dataroot / name;
  if (!is_folder(folder))
    throw DataError(options.dataroot.string() + ": there is no folder " + name +
                    " in it: " + layout(options) + "; " + what_is_there(options.dataroot) +
                    " (another phase is chosen with --phase)");
  return folder;
}

}  // namespace

DataFiles list_files(const DataOptions& options) {
  const fs::path& root = options.dataroot;
  std::error_code ignored;
  if (!is_folder(root))
    throw DataError(root.string() +
                    (fs::exists(root, ignored) ? ": is not a folder: --dataroot"
                                               : ": no such folder: --dataroot") +
                    " names the folder of the data set");
  DataFiles files{root, {}, {}};
  if (options.kind == DataKind::photos) {
    const fs::path folder = root / options.phase;
    files.a = pictures_below(is_folder(folder) ? folder : root, options);
  } else if (options.kind == DataKind::aligned) {
    files.a = pictures_below(required_folder(options, options.phase), options);
  } else {
    const fs::path a = required_folder(options, options.phase + "A");
    files.b = pictures_below(required_folder(options, options.phase + "B"), options);
    files.a = pictures_below(a, options);
    if (options.b_to_a) std::swap(files.a, files.b);
  }
  return files;
}

}  // namespace imago

#include "models/data/files.h"

#include <algorithm>
#include <map>

#include "models/data/data_options.h"
#include "models/data/samples.h"
#include "models/data/sounds.h"
#include "models/data/walk.h"

namespace imago {
namespace fs = std::filesystem;
namespace {

std::vector<fs::path> pictures_below(const fs::path& folder, const DataOptions& options) {
  std::vector<fs::path> found = files_below(folder).pictures;
  if (found.empty())
    throw DataError(folder.string() +
                    ": no pictures in this folder (png, jpg, webp, tif, bmp, ppm)");
  for (fs::path& path : found) path = relative_to_dataroot(path, options);
  return found;
}

std::string layout(const DataOptions& options) {
  if (has_two_folders(options.kind))
    return std::string(to_string(options.kind)) + " data lies in " + options.phase + "A and " +
           options.phase + "B, or is given as two folders, --dataroot of A and --dataroot-b of B";
  return "aligned data lies in a folder " + options.phase +
         " of pictures with A and B side by side";
}

/// The folders in the data root, to show what --phase could have named.
std::string what_is_there(const fs::path& root) {
  const std::vector<std::string> names = folders_in(root);
  return names.empty() ? "it has no folders" : "it has " + listed(names, 8);
}

fs::path required_folder(const DataOptions& options, const std::string& name) {
  const fs::path folder = options.dataroot / name;
  if (!is_folder(folder))
    throw DataError(options.dataroot.string() + ": there is no folder " + name +
                    " in it: " + layout(options) + "; " + what_is_there(options.dataroot) +
                    " (another phase is chosen with --phase)");
  return folder;
}

/// Files by what pairs them: their path below `folder` without the extension.
std::map<std::string, fs::path> by_stem(const std::vector<fs::path>& files,
                                        const fs::path& folder) {
  std::map<std::string, fs::path> named;
  for (const fs::path& file : files) {
    const auto [other, is_new] =
        named.emplace(file.lexically_relative(folder).replace_extension().string(), file);
    if (!is_new)
      throw DataError(other->second.string() + " and " + file.string() +
                      ": two pictures of one name, so it is not clear which one is meant; take "
                      "one of them away");
  }
  return named;
}

/// Partners beside each other. Throws DataError for what has none.
void pair_up(DataFiles& files, const DataOptions& options) {
  const auto of_a = by_stem(files.a, side_folder(options, options.phase, false));
  const auto of_b = by_stem(files.b, side_folder(options, options.phase, true));
  std::vector<std::string> alone;
  files.a.clear();
  files.b.clear();
  for (const auto& [stem, file] : of_a) {
    const auto partner = of_b.find(stem);
    if (partner == of_b.end()) {
      alone.push_back(file.string());
      continue;
    }
    files.a.push_back(file);
    files.b.push_back(partner->second);
  }
  for (const auto& [stem, file] : of_b)
    if (!of_a.contains(stem)) alone.push_back(file.string());
  if (!alone.empty())
    throw DataError(data_folders(options) + ": " + std::to_string(alone.size()) +
                    (alone.size() == 1 ? " picture has" : " pictures have") +
                    " no partner of the same name in the other folder: " + listed(alone, 3) +
                    " (`imago check-data` tells more)");
}

/// The cameras in the data root: the folders with a folder day or night in them.
std::vector<std::string> cameras_in(const DataOptions& options) {
  std::vector<std::string> cameras;
  for (const std::string& name : folders_in(options.dataroot)) {
    const fs::path camera = options.dataroot / name;
    const bool day = is_folder(camera / "day"), night = is_folder(camera / "night");
    if (day != night)
      throw DataError(camera.string() + ": there is no folder " + (day ? "night" : "day") +
                      " in it: a camera has pictures by day and by night");
    if (day) cameras.push_back(name);
  }
  if (cameras.empty())
    throw DataError(options.dataroot.string() +
                    ": has no cameras: folders with the folders day and night in them; " +
                    what_is_there(options.dataroot));
  return cameras;
}

/// Those of the phase: some are for validation alone, the last two where nobody chose.
std::vector<std::string> cameras_of_phase(const DataOptions& options) {
  const bool validation = options.phase == "val";
  if (!validation && options.phase != "train")
    throw DataError("--phase " + options.phase + ": cameras have the phases train and val");
  const std::vector<std::string> all = cameras_in(options);
  std::vector<std::string> kept_back = options.val_cameras;
  if (kept_back.empty() && all.size() >= 3) kept_back.assign(all.end() - 2, all.end());
  const auto is_in = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const std::string& name : kept_back)
    if (!is_in(all, name))
      throw DataError(options.dataroot.string() + ": has no camera " + name +
                      " (--val-cameras); there are " + listed(all, 8));
  std::vector<std::string> chosen;
  for (const std::string& name : all)
    if (is_in(kept_back, name) == validation) chosen.push_back(name);
  if (chosen.empty())
    throw DataError(options.dataroot.string() + ": no camera is left for " +
                    (validation ? "validation: name one with --val-cameras"
                                : "training: name fewer with --val-cameras"));
  return chosen;
}

void keep_first(std::vector<fs::path>& files, const DataOptions& options) {
  const auto most = static_cast<size_t>(options.max_dataset_size);
  if (most > 0 && files.size() > most) files.resize(most);
}

DataFiles list_cameras(const DataOptions& options) {
  DataFiles files;
  for (const std::string& name : cameras_of_phase(options)) {
    auto a = pictures_below(options.dataroot / name / "day", options);
    auto b = pictures_below(options.dataroot / name / "night", options);
    if (options.b_to_a) std::swap(a, b);
    keep_first(a, options);
    keep_first(b, options);
    const auto first = static_cast<int64_t>(files.b.size()), count = static_cast<int64_t>(b.size());
    for (int64_t i = 0; i < static_cast<int64_t>(a.size()); ++i)
      files.partners.push_back({first, count, first + i % count});
    files.a.insert(files.a.end(), a.begin(), a.end());
    files.b.insert(files.b.end(), b.begin(), b.end());
  }
  return files;
}

/// All of a phase, A as the folders have it.
DataFiles list_folders(const DataOptions& options) {
  DataFiles files;
  if (has_two_folders(options.kind)) {
    const bool apart = !options.dataroot_b.empty();
    const auto folder = [&](bool is_b) {
      const fs::path side = side_folder(options, options.phase, is_b);
      return apart ? path_of(side, options) : required_folder(options, side.string());
    };
    const fs::path a = folder(false);
    files.b = pictures_below(folder(true), options);
    files.a = pictures_below(a, options);
    if (options.kind == DataKind::paired) pair_up(files, options);
  } else if (options.kind == DataKind::samples) {
    files.a = list_samples(options).files;
  } else if (options.kind == DataKind::sounds) {
    files.a = list_sounds(options);
  } else if (options.kind == DataKind::aligned) {
    files.a = pictures_below(required_folder(options, options.phase), options);
  } else {
    const fs::path folder = options.dataroot / options.phase;
    files.a = pictures_below(is_folder(folder) ? folder : options.dataroot, options);
  }
  return files;
}

/// `count` files evenly spread are the validation's; what is left is for training. `folder` is
/// theirs.
void split(std::vector<fs::path>& files, const fs::path& folder, const DataOptions& options) {
  const int64_t count = options.held_out, all = static_cast<int64_t>(files.size());
  if (count >= all)
    throw DataError("--held-out " + std::to_string(count) + ": leaves nothing to train on, " +
                    folder.string() + " has " + std::to_string(all) + " of them");
  std::vector<bool> held(files.size(), false);
  for (int64_t i = 0; i < count; ++i)
    held[static_cast<size_t>((2 * i + 1) * all / (2 * count))] = true;
  std::vector<fs::path> kept;
  for (size_t i = 0; i < files.size(); ++i)
    if (held[i] == (options.phase == "val")) kept.push_back(files[i]);
  files = std::move(kept);
}

/// Both phases come from what is there for training.
DataFiles list_split(const DataOptions& options) {
  const bool apart = !options.dataroot_b.empty();
  const std::string folder = has_two_folders(options.kind) ? "valA" : "val";
  if (!apart && is_folder(options.dataroot / folder))
    throw DataError(options.dataroot.string() + ": has a folder " + folder +
                    ", so no training pictures need to be held out: leave --held-out away");
  DataOptions all = options;
  all.phase = "train";
  DataFiles files = list_folders(all);
  split(files.a, options.dataroot, options);
  if (!files.b.empty()) split(files.b, apart ? options.dataroot_b : options.dataroot, options);
  return files;
}

void require_folder(const fs::path& folder, const std::string& option, const std::string& what) {
  std::error_code ignored;
  if (is_folder(folder)) return;
  throw DataError(folder.string() +
                  (fs::exists(folder, ignored) ? ": is not a folder: " : ": no such folder: ") +
                  option + " names the folder of " + what);
}

/// Two folders that lie anywhere have none for validation or tests beside them.
void require_phase_of_two(const DataOptions& options) {
  if (options.phase != "train" && options.phase != "val")
    throw DataError("--phase " + options.phase +
                    ": with --dataroot-b there are the phases train and val; name the folders of "
                    "other pictures with --dataroot and --dataroot-b themselves");
  if (options.phase == "val" && options.held_out == 0)
    throw DataError(
        "--phase val: with --dataroot-b the pictures for validation are those that --held-out N "
        "keeps back: give it, or name their folders and take --phase train");
}

}  // namespace

fs::path side_folder(const DataOptions& options, const std::string& phase, bool is_b) {
  if (options.dataroot_b.empty()) return phase + (is_b ? "B" : "A");
  return is_b ? relative_to_dataroot(options.dataroot_b, options) : ".";
}

fs::path relative_to_dataroot(const fs::path& path, const DataOptions& options) {
  const fs::path relative = whole(path).lexically_relative(whole(options.dataroot));
  return relative.empty() ? whole(path) : relative;
}

fs::path path_of(const fs::path& relative, const DataOptions& options) {
  if (options.dataroot_b.empty()) return options.dataroot / relative;
  // The system would go from a link to what lies above its target.
  return whole(whole(options.dataroot) / relative);
}

DataFiles list_files(const DataOptions& options) {
  if (options.kind == DataKind::table) return {{options.dataroot}, {}, {}};  // one file, no folder
  require_folder(options.dataroot, "--dataroot", "the data set");
  if (!options.dataroot_b.empty()) {
    require_folder(options.dataroot_b, "--dataroot-b", "B's pictures");
    check_folders(options);
    require_phase_of_two(options);
  }
  if (options.kind == DataKind::cameras) return list_cameras(options);
  const bool splits = options.held_out > 0 && (options.phase == "train" || options.phase == "val");
  DataFiles files = splits ? list_split(options) : list_folders(options);
  keep_first(files.a, options);
  keep_first(files.b, options);
  if (options.b_to_a && !files.b.empty()) std::swap(files.a, files.b);
  return files;
}

}  // namespace imago

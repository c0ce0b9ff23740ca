#include "models/data/check/survey.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "models/data/data_options.h"
#include "models/data/files.h"
#include "models/data/walk.h"

namespace imago {
namespace fs = std::filesystem;
namespace {

/// A folder of pictures, relative to dataroot, and what those in it are.
struct Folder {
  fs::path path;
  std::string phase;
  bool is_b = false;
  std::string camera = {};
};

/// The one asked about, and the usual ones.
std::vector<std::string> phases_of(const DataOptions& data) {
  std::vector<std::string> phases = {data.phase};
  for (const char* usual : {"train", "val", "test"})
    if (data.phase != usual) phases.push_back(usual);
  return phases;
}

bool has_cameras(const fs::path& root) {
  for (const std::string& name : folders_in(root))
    if (is_folder(root / name / "day") || is_folder(root / name / "night")) return true;
  return false;
}

/// So far as the names of the folders tell.
std::optional<DataKind> kind_by_folders(const DataOptions& data) {
  const fs::path& root = data.dataroot;
  if (!data.dataroot_b.empty()) return DataKind::unaligned;
  if (is_folder(root / (data.phase + "A")) || is_folder(root / (data.phase + "B")))
    return DataKind::unaligned;
  if (has_cameras(root)) return DataKind::cameras;
  if (is_folder(root / data.phase)) return DataKind::photos;
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end;
       entry.increment(error))
    if (has_image_extension(entry->path()) && !is_folder(entry->path())) return DataKind::photos;
  return std::nullopt;
}

/// The data set of this phase, if it can be listed.
std::vector<fs::path> files_of_phase(DataOptions data, const std::string& phase) {
  data.phase = phase;
  data.max_dataset_size = 0;
  try {
    DataFiles files = list_files(data);
    files.a.insert(files.a.end(), files.b.begin(), files.b.end());
    return files.a;
  } catch (const DataError&) {
    return {};
  }
}

std::vector<Folder> camera_folders(const DataOptions& data) {
  std::set<std::string> kept_back;
  for (const fs::path& file : files_of_phase(data, "val")) kept_back.insert(*file.begin());
  std::vector<Folder> folders;
  for (const std::string& name : folders_in(data.dataroot))
    for (const bool is_b : {false, true}) {
      const fs::path path = fs::path(name) / (is_b ? "night" : "day");
      if (is_folder(data.dataroot / path))
        folders.push_back({path, kept_back.contains(name) ? "val" : "train", is_b, name});
    }
  return folders;
}

std::vector<Folder> folders_of(const DataOptions& data) {
  if (data.kind == DataKind::cameras) return camera_folders(data);
  if (!data.dataroot_b.empty())
    return {{side_folder(data, "train", false), "train"},
            {side_folder(data, "train", true), "train", true}};
  std::vector<Folder> folders;
  const auto add = [&](const std::string& name, const std::string& phase, bool is_b) {
    if (is_folder(data.dataroot / name)) folders.push_back({name, phase, is_b});
  };
  for (const std::string& phase : phases_of(data)) {
    if (has_two_folders(data.kind)) {
      add(phase + "A", phase, false);
      add(phase + "B", phase, true);
    } else {
      add(phase, phase, false);
    }
  }
  const bool two = has_two_folders(data.kind), aligned = data.kind == DataKind::aligned;
  if (!two && !aligned && !is_folder(data.dataroot / data.phase)) return {{".", data.phase}};
  return folders;
}

void list_folder(const Folder& folder, Survey& survey) {
  const DataOptions& data = survey.data;
  const auto relative = [&](const fs::path& path) { return relative_to_dataroot(path, data); };
  // Of dataroot itself nothing is expected, unless it is the folder of A.
  const bool is_needed = folder.path != "." || !data.dataroot_b.empty();
  FoundFiles found;
  try {
    found = files_below(folder.path == "." ? data.dataroot : path_of(folder.path, data));
  } catch (const DataError& error) {
    survey.layout_faults.push_back({error.what(), "Make it readable for you."});
    return;
  }
  if (found.pictures.empty() && is_needed)
    survey.empty_folders.push_back({folder.path, folder.phase});
  const auto most = static_cast<size_t>(data.max_dataset_size);
  if (most > 0 && found.pictures.size() > most && folder.phase == data.phase)
    found.pictures.resize(most);
  for (const fs::path& path : found.pictures)
    survey.files.push_back({relative(path), folder.phase, folder.is_b, folder.camera, {}});
  for (const fs::path& path : found.others) survey.others.push_back(relative(path));
}

/// What --held-out keeps back for validation.
void hold_out(Survey& survey) {
  if (survey.data.held_out == 0 || survey.data.kind == DataKind::cameras) return;
  const std::vector<fs::path> files = files_of_phase(survey.data, "val");
  const std::set<fs::path> held(files.begin(), files.end());
  for (SurveyedFile& file : survey.files)
    if (held.contains(file.path)) file.phase = "val";
}

constexpr auto kLayouts =
    "Imago knows: a folder train of pictures with A and B side by side; folders trainA and trainB, "
    "of pairs with one name or without pairs; A in one folder and B in any other, which "
    "--dataroot-b names; a folder train of photos, or photos in the folder itself; folders "
    "CAMERA/day and CAMERA/night.";

constexpr auto kOrNameB = "B, or take A as the folder and name B with --dataroot-b.";

std::string there_is(const fs::path& root) {
  const std::vector<std::string> names = folders_in(root);
  return names.empty() ? "it has no folders" : "it has the folders " + listed(names, 8);
}

/// Two folders that would be taken for one heap of pictures: A and B, or a and b.
bool has_a_and_b(const fs::path& folder) {
  return (is_folder(folder / "A") && is_folder(folder / "B")) ||
         (is_folder(folder / "a") && is_folder(folder / "b"));
}

void explain_unknown(Survey& survey) {
  const fs::path& root = survey.data.dataroot;
  list_folder({".", survey.data.phase}, survey);
  survey.recognised = false;
  if (survey.files.empty()) {
    survey.empty_folders.push_back({".", survey.data.phase});
  } else if (has_a_and_b(root)) {
    survey.layout_faults.push_back(
        {root.string() + ": has folders A and B, which Imago looks for under other names",
         "Call them " + survey.data.phase + "A and " + survey.data.phase + kOrNameB});
  } else {
    survey.layout_faults.push_back(
        {root.string() + ": what this is cannot be told from its folders; " + there_is(root),
         std::string(kLayouts) + " Rename the folders, or say what it is with --dataset-mode."});
  }
}

/// Whether A and B, where they are in folders of their own, are not the same pictures.
bool take_two_folders(Survey& survey) {
  try {
    check_folders(survey.data);
    return true;
  } catch (const DataError& error) {
    survey.recognised = false;
    survey.layout_faults.push_back({error.what(), "Choose one folder for A and another for B."});
    return false;
  }
}

/// A folder that the kind needs is not there.
void check_required(Survey& survey) {
  const DataOptions& data = survey.data;
  const auto missing = [&](const std::string& name) { return !is_folder(data.dataroot / name); };
  const bool two = has_two_folders(data.kind) && data.dataroot_b.empty() &&
                   (missing(data.phase + "A") || missing(data.phase + "B"));
  if (!two && !(data.kind == DataKind::aligned && missing(data.phase)) &&
      data.kind != DataKind::cameras)
    return;
  try {
    list_files(data);
  } catch (const DataError& error) {
    if (survey.empty_folders.empty()) survey.layout_faults.push_back({error.what(), kLayouts});
  }
}

/// A's and B's numbers by what pairs them: phase, and path in its folder without the extension.
using ByName = std::map<std::string, size_t>;

ByName by_name(const Survey& survey, bool is_b, std::vector<std::pair<size_t, size_t>>& same_name) {
  ByName named;
  for (size_t i = 0; i < survey.files.size(); ++i) {
    const SurveyedFile& file = survey.files[i];
    if (file.is_b != is_b) continue;
    const bool apart = !survey.data.dataroot_b.empty();
    fs::path stem = file.path.lexically_relative(apart ? side_folder(survey.data, file.phase, is_b)
                                                       : *file.path.begin());
    const auto [other, is_new] =
        named.emplace(file.phase + "/" + stem.replace_extension().string(), i);
    if (!is_new) same_name.emplace_back(other->second, i);
  }
  return named;
}

void pair_by_name(Survey& survey) {
  survey.pairs.clear();
  survey.same_name.clear();
  const ByName of_a = by_name(survey, false, survey.same_name),
               of_b = by_name(survey, true, survey.same_name);
  for (const auto& [name, a] : of_a)
    if (const auto b = of_b.find(name); b != of_b.end()) survey.pairs.emplace_back(a, b->second);
}

/// Where a thumbnail has edges, as a vector of length 1 and mean 0.
std::vector<double> edges_of(const ImageStats& look) {
  const auto grey = [&](size_t x, size_t y) {
    const uint8_t* pixel = &look.thumbnail[3 * (y * kThumbnailSide + x)];
    return 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];
  };
  std::vector<double> edges;
  for (size_t y = 0; y + 1 < kThumbnailSide; ++y)
    for (size_t x = 0; x + 1 < kThumbnailSide; ++x)
      edges.push_back(
          std::sqrt(std::hypot(grey(x + 1, y) - grey(x, y), grey(x, y + 1) - grey(x, y))));
  double mean = 0, length = 0;
  for (const double edge : edges) mean += edge / static_cast<double>(edges.size());
  for (double& edge : edges) {
    edge -= mean;
    length += edge * edge;
  }
  for (double& edge : edges) edge /= std::sqrt(length) + 1e-9;
  return edges;
}

/// Whether partners have their edges at the same places, more than A has with other pictures' B.
bool show_the_same_things(const Survey& survey,
                          const std::vector<std::pair<size_t, size_t>>& pairs) {
  std::vector<std::vector<double>> of_a, of_b;
  for (const auto& [a, b] : pairs) {
    of_a.push_back(edges_of(survey.files[a].look));
    of_b.push_back(edges_of(survey.files[b].look));
  }
  const auto alike = [&](size_t a, size_t b) {
    double sum = 0;
    for (size_t i = 0; i < of_a[a].size(); ++i) sum += of_a[a][i] * of_b[b % of_b.size()][i];
    return sum;
  };
  double sum = 0, squares = 0;
  const auto count = static_cast<double>(pairs.size());
  for (size_t i = 0; i < pairs.size(); ++i) {
    const double others = (alike(i, i + 1) + alike(i, i + 2) + alike(i, i + 3)) / 3;
    const double more = alike(i, i) - others;
    sum += more;
    squares += more * more;
  }
  const double mean = sum / count;
  const double error = std::sqrt(std::max(squares / count - mean * mean, 0.0) / count);
  return mean > 2 * error;  // Student's t; real pairs have 5 and more
}

/// Pictures numbered alike need not be pairs.
bool are_paired(const Survey& survey) {
  size_t of_a = 0, of_b = 0;
  for (size_t i = 0; i < survey.files.size(); ++i)
    if (survey.trained(i)) ++(survey.files[i].is_b ? of_b : of_a);
  std::vector<std::pair<size_t, size_t>> pairs, readable;
  for (const auto& [a, b] : survey.pairs) {
    if (!survey.trained(a)) continue;
    pairs.emplace_back(a, b);
    if (survey.readable(a) && survey.readable(b)) readable.emplace_back(a, b);
  }
  if (pairs.empty() || 2 * pairs.size() < std::min(of_a, of_b)) return false;
  constexpr size_t kLeast = 20, kMost = 1000;  // too few to tell; enough
  readable.resize(std::min(readable.size(), kMost));
  return readable.size() < kLeast || show_the_same_things(survey, readable);
}

}  // namespace

bool are_aligned(const Survey& survey) {
  size_t count = 0, doubly_wide = 0, seams = 0;
  for (size_t i = 0; i < survey.files.size(); ++i) {
    const ImageStats& look = survey.files[i].look;
    if (!survey.trained(i) || !survey.readable(i)) continue;
    ++count;
    doubly_wide += std::abs(static_cast<double>(look.width) / look.height - 2) < 0.04;
    seams += look.seam > 1.3;
  }
  return count > 0 && (10 * doubly_wide >= 8 * count || 2 * seams >= count);
}

Survey list_survey(const DataOptions& data, bool know_kind) {
  Survey survey;
  survey.data = data;
  survey.kind_is_open = !know_kind;
  const bool apart = !data.dataroot_b.empty();
  if (!is_folder(data.dataroot) || (apart && !is_folder(data.dataroot_b)))
    list_files(data);  // says so
  if (!know_kind) {
    const std::optional<DataKind> kind = kind_by_folders(data);
    if (!kind) {
      explain_unknown(survey);
      return survey;
    }
    survey.data.kind = *kind;
  }
  if (!take_two_folders(survey)) return survey;
  for (const Folder& folder : folders_of(survey.data)) list_folder(folder, survey);
  check_required(survey);
  if (survey.files.empty() && survey.empty_folders.empty() && survey.layout_faults.empty())
    survey.empty_folders.push_back({".", survey.data.phase});
  hold_out(survey);
  return survey;
}

void recognise(Survey& survey) {
  const fs::path& root = survey.data.dataroot;
  const std::string& phase = survey.data.phase;
  if (has_two_folders(survey.data.kind)) pair_by_name(survey);
  const bool open = survey.kind_is_open && survey.recognised;
  if (open && survey.data.kind == DataKind::unaligned && are_paired(survey))
    survey.data.kind = DataKind::paired;
  if (survey.data.kind != DataKind::paired) {
    survey.pairs.clear();
    survey.same_name.clear();
  }
  if (!open || survey.data.kind != DataKind::photos) return;
  if (has_a_and_b(root / phase)) {
    survey.recognised = false;
    survey.layout_faults.push_back(
        {(root / phase).string() + ": has folders A and B, which Imago looks for under other names",
         "Make " + phase + "/A and " + phase + "/B into " + phase + "A and " + phase + kOrNameB});
  } else if (are_aligned(survey)) {
    survey.data.kind = DataKind::aligned;
    if (!is_folder(root / phase))
      survey.layout_faults.push_back({root.string() +
                                          ": has pictures with A and B side by side, but not in a "
                                          "folder " +
                                          phase,
                                      "Move them into a folder " + phase + "."});
  }
}

}  // namespace imago

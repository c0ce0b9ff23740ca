#include "models/data/samples.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <sstream>

#include "models/data/labels.h"
#include "models/data/walk.h"

namespace imago {
namespace fs = std::filesystem;
namespace {

constexpr const char* kIndex = "index.csv";
constexpr size_t kMostClasses = 10000;

/// The folder that the pictures of a phase lie in, relative to dataroot.
fs::path phase_folder(const DataOptions& options) {
  return is_folder(options.dataroot / options.phase) ? fs::path(options.phase) : fs::path();
}

/// Fields of a line of CSV: quotes may surround one, and stand in it twice each.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[++i];
    else if (c == '"')
      quoted = !quoted;
    else if (c == ',' && !quoted)
      fields.emplace_back();
    else if (c != '\r')
      fields.back() += c;
  }
  return fields;
}

/// Labels by file, as index.csv in `folder` has them: columns "file" and "label".
std::map<std::string, std::string> read_index(const fs::path& folder) {
  const std::string path = (folder / kIndex).string();
  std::ifstream file(path);
  std::string line;
  if (!std::getline(file, line)) throw DataError(path + ": cannot be read");
  const std::vector<std::string> header = fields_of(line);
  const auto column = [&](const std::string& name) {
    const auto found = std::ranges::find(header, name);
    if (found == header.end())
      throw DataError(path + ": has no column '" + name + "': its first line is file,label");
    return static_cast<size_t>(found - header.begin());
  };
  const size_t of_file = column("file"), of_label = column("label");
  std::map<std::string, std::string> labels;
  for (int64_t row = 2; std::getline(file, line); ++row) {
    if (line.empty() || line == "\r") continue;
    const std::vector<std::string> fields = fields_of(line);
    if (fields.size() <= std::max(of_file, of_label))
      throw DataError(path + ": line " + std::to_string(row) + " has " +
                      std::to_string(fields.size()) + " fields, the first line has " +
                      std::to_string(header.size()));
    labels[fs::path(fields[of_file]).lexically_normal().generic_string()] = fields[of_label];
  }
  return labels;
}

std::vector<std::string> named_labels(const std::vector<fs::path>& files,
                                      const DataOptions& options) {
  const fs::path folder = phase_folder(options);
  std::vector<std::string> labels;
  for (const fs::path& base : {folder, fs::path()}) {
    std::error_code ignored;
    if (!fs::is_regular_file(options.dataroot / base / kIndex, ignored)) continue;
    const auto index = read_index(options.dataroot / base);
    for (const fs::path& file : files) {
      const fs::path relative = base.empty() ? file : file.lexically_relative(base);
      auto found = index.find(relative.generic_string());
      // One for all phases may name the files as they are called within theirs.
      if (found == index.end() && !folder.empty())
        found = index.find(file.lexically_relative(folder).generic_string());
      if (found == index.end())
        throw DataError((options.dataroot / base / kIndex).string() + ": has no line for " +
                        relative.generic_string());
      labels.push_back(found->second);
    }
    return labels;
  }
  for (const fs::path& file : files) {
    const fs::path relative = folder.empty() ? file : file.lexically_relative(folder);
    if (relative.begin() == --relative.end())
      throw DataError((options.dataroot / file).string() +
                      ": lies in no sub-folder, whose name would be its label; sort the pictures "
                      "into folders, or write an index.csv with the columns file and label");
    labels.push_back(relative.begin()->string());
  }
  return labels;
}

/// In place of the classes' own names, where somebody chose some.
void rename(Labels& labels, const DataOptions& options) {
  const std::vector<std::string>& chosen = options.label_names;
  if (chosen.empty()) return;
  // A part of a data set may lack some of its classes.
  std::vector<int> places;
  for (const std::string& name : labels.names)
    if (const auto found = std::ranges::find(chosen, name); found != chosen.end())
      places.push_back(static_cast<int>(found - chosen.begin()));
  if (places.size() == labels.names.size()) {
    for (int& label : labels.of_files) label = places[static_cast<size_t>(label)];
    labels.names = chosen;
    return;
  }
  if (chosen.size() != labels.names.size())
    throw DataError("--label-names: names " + std::to_string(chosen.size()) + " classes, " +
                    options.dataroot.string() + " has " + std::to_string(labels.names.size()) +
                    ": " + listed(labels.names, 12));
  labels.names = chosen;
}

Labels packed_labels(const std::vector<fs::path>& files, const DataOptions& options) {
  const std::string name = files[0].string();
  const fs::path pictures = options.dataroot / name.substr(0, name.rfind('#'));
  const std::vector<uint8_t> all = read_idx_labels(idx_labels_for(pictures));
  if (all.empty()) throw DataError(idx_labels_for(pictures).string() + ": has no labels");
  Labels labels;
  for (int i = 0; i <= *std::ranges::max_element(all); ++i)
    labels.names.push_back(std::to_string(i));
  for (const fs::path& file : files) {
    const int64_t index = packed_index(file);
    if (index >= static_cast<int64_t>(all.size()))
      throw DataError(idx_labels_for(pictures).string() + ": has " + std::to_string(all.size()) +
                      " labels, which is fewer than there are pictures");
    labels.of_files.push_back(all[static_cast<size_t>(index)]);
  }
  return labels;
}

}  // namespace

int64_t packed_index(const fs::path& file) {
  const std::string name = file.string();
  const size_t at = name.rfind('#');
  int64_t index = 0;
  if (at != std::string::npos)
    std::from_chars(name.data() + at + 1, name.data() + name.size(), index);
  return index;
}

SampleFiles list_samples(const DataOptions& options) {
  SampleFiles samples;
  for (const fs::path& folder : {phase_folder(options), fs::path()}) {
    const fs::path packed =
        idx_pictures_in(options.dataroot / folder, folder.empty() && options.phase == "test");
    if (packed.empty()) continue;
    samples.packed = folder / packed.filename();
    const int64_t count = read_idx_pictures(packed, false).count;
    for (int64_t i = 0; i < count; ++i)
      samples.files.push_back(samples.packed.string() + "#" + std::to_string(i));
    return samples;
  }
  const fs::path folder = options.dataroot / phase_folder(options);
  samples.files = files_below(folder).pictures;
  if (samples.files.empty())
    throw DataError(folder.string() +
                    ": no pictures in this folder (png, jpg, webp, tif, bmp, "
                    "ppm, or an IDX file as train-images-idx3-ubyte.gz)");
  for (fs::path& path : samples.files) path = relative_to_dataroot(path, options);
  return samples;
}

Labels read_labels(const std::vector<fs::path>& files, const DataOptions& options) {
  Labels labels;
  if (!options.labels || files.empty()) return labels;
  if (files[0].string().find('#') != std::string::npos &&
      files[0].string().find("idx3") != std::string::npos) {
    labels = packed_labels(files, options);
  } else {
    const std::vector<std::string> named = named_labels(files, options);
    labels.names = named;
    std::ranges::sort(labels.names);
    labels.names.erase(std::unique(labels.names.begin(), labels.names.end()), labels.names.end());
    for (const std::string& name : named)
      labels.of_files.push_back(
          static_cast<int>(std::ranges::lower_bound(labels.names, name) - labels.names.begin()));
  }
  if ((labels.names.size() < 2 && options.label_names.empty()) ||
      labels.names.size() > kMostClasses)
    throw DataError(options.dataroot.string() + ": has " + std::to_string(labels.names.size()) +
                    " labels: at least two are needed to tell pictures apart, and at most " +
                    std::to_string(kMostClasses));
  rename(labels, options);
  return labels;
}

std::vector<std::string> read_label_names(const DataOptions& options) {
  if (!options.labels) return {};
  return read_labels(list_files(options).a, options).names;
}

LabelledFiles read_labelled_files(const DataOptions& options) {
  if (!options.labels) throw DataError("--labels: is needed to know what pictures show");
  LabelledFiles result;
  result.files = list_files(options).a;
  Labels labels = read_labels(result.files, options);
  result.labels = std::move(labels.of_files);
  result.names = std::move(labels.names);
  return result;
}

}  // namespace imago

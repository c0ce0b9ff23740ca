// What is wrong with folders, names and files.
#include <algorithm>
#include <array>
#include <set>

#include "models/data/check/checks.h"
#include "models/data/walk.h"

namespace imago {
namespace fs = std::filesystem;
namespace {

using Severity = DataProblem::Severity;
constexpr size_t kNamed = 3, kShown = 8;  // files in a text, and in DataProblem::files

/// Formats that people keep photos in and that Imago does not read.
bool is_foreign_picture(const fs::path& path) {
  std::string extension = path.extension().string();
  for (char& letter : extension)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  static const std::set<std::string> kForeign = {".jp2", ".psd", ".tga", ".exr", ".hdr",
                                                 ".svg", ".cr2", ".cr3", ".nef", ".arw",
                                                 ".dng", ".raf", ".orf", ".rw2", ".raw"};
  return kForeign.contains(extension);
}

/// Two kinds of the same: those that training would stop at, and the others.
struct ByPhase {
  Faulty trained, others;
};

template <typename Test, typename Describe>
ByPhase collect(const Survey& survey, const Test& test, const Describe& describe) {
  ByPhase found;
  for (size_t i = 0; i < survey.files.size(); ++i) {
    if (!test(i)) continue;
    Faulty& faulty = survey.trained(i) ? found.trained : found.others;
    faulty.described.push_back(describe(i));
    faulty.files.push_back(survey.files[i].path);
  }
  return found;
}

}  // namespace

void Problems::add(Severity severity, const std::string& kind, const std::string& what,
                   const std::string& whats, const Faulty& faulty, const std::string& remedy) {
  const size_t count = faulty.described.size();
  if (count == 0) return;
  std::vector<fs::path> files = faulty.files;
  files.resize(std::min(files.size(), kShown));
  problems_.push_back({severity, kind,
                       std::to_string(count) + " " + (count == 1 ? what : whats) + ": " +
                           listed(faulty.described, kNamed),
                       remedy, files, static_cast<int64_t>(count)});
}

bool Problems::any_error() const {
  return std::any_of(problems_.begin(), problems_.end(), [](const DataProblem& problem) {
    return problem.severity == Severity::error;
  });
}

std::vector<DataProblem> Problems::sorted() && {
  std::stable_partition(problems_.begin(), problems_.end(), [](const DataProblem& problem) {
    return problem.severity == Severity::error;
  });
  return std::move(problems_);
}

void check_layout(const Survey& survey, Problems& problems) {
  for (const LayoutFault& fault : survey.layout_faults)
    problems.add({Severity::error, "layout", fault.text, fault.remedy, {}, 1});
  Faulty needed, others;
  for (const EmptyFolder& folder : survey.empty_folders) {
    const bool is_root = folder.path == ".";
    (folder.phase == survey.data.phase ? needed : others)
        .described.push_back((is_root ? survey.data.dataroot : folder.path).string());
  }
  const auto add = [&](Severity severity, const Faulty& faulty) {
    problems.add(severity, "empty", "folder has no pictures", "folders have no pictures", faulty,
                 "Put pictures into it: png, jpg, webp, tif, bmp or ppm.");
  };
  add(Severity::error, needed);
  add(Severity::warning, others);
  Faulty foreign;
  for (const fs::path& path : survey.others) {
    if (!is_foreign_picture(path)) continue;
    foreign.described.push_back(path.string());
    foreign.files.push_back(path);
  }
  problems.add(Severity::warning, "ignored", "file is of a format that Imago does not read",
               "files are of formats that Imago does not read", foreign,
               "Convert what you want to be used to png or jpg.");
}

void check_readable(const Survey& survey, Problems& problems) {
  const auto describe = [&](size_t i) {
    return survey.files[i].path.string() + " (" + survey.files[i].look.error + ")";
  };
  const auto find = [&](bool unknown_format) {
    return collect(
        survey,
        [&](size_t i) {
          return !survey.readable(i) && survey.files[i].look.unknown_format == unknown_format;
        },
        describe);
  };
  const ByPhase damaged = find(false), foreign = find(true);
  const auto add_damaged = [&](Severity severity, const Faulty& faulty, const char* until_then) {
    problems.add(severity, "unreadable", "picture cannot be read", "pictures cannot be read",
                 faulty,
                 "Replace them by whole copies or take them away; " + std::string(until_then));
  };
  const auto add_foreign = [&](Severity severity, const Faulty& faulty, const char* until_then) {
    problems.add(severity, "not_a_picture", "file has a picture's name but is none",
                 "files have a picture's name but are none", faulty,
                 "Take them away or convert them; " + std::string(until_then));
  };
  const char *stops = "training stops at them.", *skipped = "validation passes them over.";
  add_damaged(Severity::error, damaged.trained, stops);
  add_damaged(Severity::warning, damaged.others, skipped);
  add_foreign(Severity::error, foreign.trained, stops);
  add_foreign(Severity::warning, foreign.others, skipped);
}

void check_names(const Survey& survey, Problems& problems) {
  if (survey.data.kind != DataKind::paired) return;
  std::vector<bool> matched(survey.files.size(), false);
  for (const auto& [a, b] : survey.pairs) matched[a] = matched[b] = true;
  std::array<Faulty, 2> twice;
  for (const auto& [first, second] : survey.same_name) {
    matched[second] = true;  // it has a partner, but shares it
    Faulty& faulty = twice[survey.trained(second) ? 0 : 1];
    faulty.described.push_back(survey.files[first].path.string() + " and " +
                               survey.files[second].path.string());
    for (const size_t i : {first, second}) faulty.files.push_back(survey.files[i].path);
  }
  const ByPhase alone = collect(
      survey, [&](size_t i) { return !matched[i]; },
      [&](size_t i) { return survey.files[i].path.string(); });
  const bool none = survey.pairs.empty();
  const std::string mend =
      none ? "Give the two pictures of a pair the same name (the extension may differ); if there "
             "are no pairs, this is unaligned data, for cyclegan."
           : "Give them a partner of that name (the extension may differ), or take them away.";
  const auto add = [&](Severity severity, const Faulty& unmatched, const Faulty& doubled) {
    problems.add(severity, "unmatched", "picture has no partner of the same name",
                 "pictures have no partner of the same name", unmatched, mend);
    problems.add(severity, "same_name", "partner is claimed by two pictures",
                 "partners are claimed by two pictures each", doubled,
                 "Take one of the two away, or give it another name.");
  };
  add(Severity::error, alone.trained, twice[0]);
  add(Severity::warning, alone.others, twice[1]);
}

void check_count(const Survey& survey, Problems& problems) {
  constexpr int64_t kFew = 20;
  const int64_t count = count_examples(survey);
  const bool on_purpose = survey.data.max_dataset_size > 0;
  if (count == 0 || count >= kFew || on_purpose) return;
  const bool pairs = survey.data.kind == DataKind::aligned || survey.data.kind == DataKind::paired;
  problems.add({Severity::warning,
                "few",
                "only " + std::to_string(count) + (pairs ? " pair" : " picture") +
                    (count == 1 ? "" : "s") + " to train on: a GAN learns so few by heart",
                "Add more, a few hundred if you can; --augment and --color-jitter help a little.",
                {},
                count});
}

int64_t count_examples(const Survey& survey) {
  const auto usable = [&](size_t i) { return survey.trained(i) && survey.readable(i); };
  int64_t of_a = 0, of_b = 0, pairs = 0;
  for (size_t i = 0; i < survey.files.size(); ++i)
    if (usable(i)) ++(survey.files[i].is_b ? of_b : of_a);
  for (const auto& [a, b] : survey.pairs) pairs += usable(a) && usable(b);
  switch (survey.data.kind) {
    case DataKind::paired:
      return pairs;
    case DataKind::unaligned:
    case DataKind::cameras:
      return std::min(of_a, of_b);
    default:
      return of_a;
  }
}

}  // namespace imago

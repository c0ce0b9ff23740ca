#include "models/data/check/check_data.h"

#include <algorithm>
#include <map>

#include "models/data/check/checks.h"
#include "models/data/files.h"
#include "models/data/parallel.h"

namespace imago {
namespace {

using Severity = DataProblem::Severity;

/// "256x256 pixels", or from the smallest to the largest.
std::string sizes_of(const Survey& survey) {
  const ImageStats *smallest = nullptr, *largest = nullptr;
  const auto pixels = [](const ImageStats* look) { return int64_t{look->width} * look->height; };
  for (size_t i = 0; i < survey.files.size(); ++i) {
    const ImageStats* look = &survey.files[i].look;
    if (!survey.readable(i)) continue;
    if (!smallest || pixels(look) < pixels(smallest)) smallest = look;
    if (!largest || pixels(look) > pixels(largest)) largest = look;
  }
  if (!smallest) return "";
  const auto size = [](const ImageStats* look) {
    return std::to_string(look->width) + "x" + std::to_string(look->height);
  };
  const bool one = size(smallest) == size(largest);
  return "; " + size(smallest) + (one ? "" : " to " + size(largest)) + " pixels";
}

struct Counts {
  int64_t a = 0, b = 0, pairs = 0;
};

std::string text_of(const Counts& counts, DataKind kind) {
  const std::string a = std::to_string(counts.a), b = std::to_string(counts.b);
  switch (kind) {
    case DataKind::paired:
      return std::to_string(counts.pairs);
    case DataKind::unaligned:
      return a + " and " + b;
    case DataKind::cameras:
      return a + " by day and " + b + " by night";
    default:
      return a;
  }
}

std::string name_of(DataKind kind) {
  switch (kind) {
    case DataKind::aligned:
      return "pairs A|B in one file";
    case DataKind::paired:
      return "pairs in two folders";
    case DataKind::unaligned:
      return "two folders without pairs";
    case DataKind::cameras:
      return "cameras";
    default:
      return "photos";
  }
}

/// "pairs A|B in one file: 400 in train, 60 in val; 512x256 pixels".
std::string describe(const Survey& survey) {
  if (!survey.recognised) return "not known";
  std::map<std::string, Counts> phases;
  for (const SurveyedFile& file : survey.files)
    ++(file.is_b ? phases[file.phase].b : phases[file.phase].a);
  for (const auto& pair : survey.pairs) ++phases[survey.files[pair.first].phase].pairs;
  const std::string& first = survey.data.phase;
  std::string text =
      name_of(survey.data.kind) + ": " + text_of(phases[first], survey.data.kind) + " in " + first;
  for (const auto& [phase, counts] : phases)
    if (phase != first) text += ", " + text_of(counts, survey.data.kind) + " in " + phase;
  return text + sizes_of(survey);
}

/// A part of the progress that somebody is told.
std::function<bool(double)> share_of(const std::function<bool(double)>& progress, double from,
                                     double to) {
  if (!progress) return {};
  return [&progress, from, to](double share) { return progress(from + (to - from) * share); };
}

void look_at_files(Survey& survey, int threads, const std::function<bool(double)>& progress) {
  in_parallel(
      survey.files.size(), threads,
      [&](size_t i) {
        SurveyedFile& file = survey.files[i];
        file.look = image_stats(path_of(file.path, survey.data));
      },
      progress);
}

/// Whatever else training refuses, said as it would say it.
void check_listing(const Survey& survey, Problems& problems) {
  try {
    list_files(survey.data);
  } catch (const DataError& error) {
    problems.add(
        {Severity::error, "layout", error.what(), "Change the options that it names.", {}, 1});
  }
}

/// Photographs that would be cut in the middle to make pairs of their halves.
void check_assumed_kind(const Survey& survey, Problems& problems) {
  const bool any =
      std::any_of(survey.files.begin(), survey.files.end(), [&](const SurveyedFile& file) {
        return file.phase == survey.data.phase && file.look.error.empty();
      });
  if (survey.data.kind != DataKind::aligned || !any || are_aligned(survey)) return;
  problems.add({Severity::error,
                "layout",
                "the pictures look like single photographs, not like A and B side by side in one "
                "file: those are twice as wide as high, or have a seam down the middle",
                "Put A and B side by side; or make pairs of photographs with --dataset-mode edges, "
                "grey or holes; or train cyclegan on two folders without pairs. If they are pairs, "
                "say so with --dataset-mode aligned.",
                {},
                1});
}

}  // namespace

bool DataReport::usable() const {
  return std::none_of(problems.begin(), problems.end(), [](const DataProblem& problem) {
    return problem.severity == Severity::error;
  });
}

DataOptions as_photos(DataOptions samples) {
  samples.kind = DataKind::photos;
  samples.scale = 1;
  samples.labels = false;
  samples.label_names.clear();
  return samples;
}

DataReport check_data(const DataOptions& data, const CheckDataOptions& options,
                      const std::function<bool(double)>& progress) {
  Survey survey = list_survey(data, options.know_kind);
  if (survey.recognised) look_at_files(survey, options.threads, share_of(progress, 0, 0.8));
  recognise(survey);
  if (survey.data.crop_size == 0)
    survey.data.crop_size = survey.data.kind == DataKind::photos ? 96 : 256;
  Problems problems;
  check_layout(survey, problems);
  check_readable(survey, problems);
  if (survey.recognised) {
    if (options.kind_is_assumed) check_assumed_kind(survey, problems);
    check_names(survey, problems);
    check_sizes(survey, options.sides, problems);
    check_smallness(survey, problems);
    check_count(survey, problems);
    check_exchanged(survey, problems);
    check_identical(survey, options.threads, share_of(progress, 0.8, 0.9), problems);
    check_copies(survey, options.threads, share_of(progress, 0.9, 1), problems);
    if (!problems.any_error()) check_listing(survey, problems);
  }
  DataReport report;
  report.data = survey.data;
  report.recognised = survey.recognised;
  report.what = describe(survey);
  report.pictures = static_cast<int64_t>(survey.files.size());
  report.problems = std::move(problems).sorted();
  return report;
}

}  // namespace imago

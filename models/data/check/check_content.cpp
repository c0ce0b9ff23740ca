// What is wrong with what pictures show.
#include <algorithm>
#include <cmath>
#include <map>

#include "models/data/check/checks.h"
#include "models/data/check/copies.h"
#include "models/data/check/exchanged.h"
#include "models/data/files.h"
#include "models/data/parallel.h"

namespace imago {
namespace fs = std::filesystem;
namespace {

using Severity = DataProblem::Severity;

/// Pairs of pictures that can be read, by the numbers of their files: twice the same one for A|B in
/// one file.
std::vector<std::pair<size_t, size_t>> readable_pairs(const Survey& survey) {
  std::vector<std::pair<size_t, size_t>> pairs;
  if (survey.data.kind == DataKind::aligned)
    for (size_t i = 0; i < survey.files.size(); ++i)
      if (survey.readable(i) && survey.files[i].look.width >= 2) pairs.emplace_back(i, i);
  for (const auto& [a, b] : survey.pairs)
    if (survey.readable(a) && survey.readable(b)) pairs.emplace_back(a, b);
  return pairs;
}

Faulty faulty_pairs(const Survey& survey, const std::vector<std::pair<size_t, size_t>>& pairs) {
  Faulty faulty;
  for (const auto& [a, b] : pairs) {
    const fs::path &of_a = survey.files[a].path, &of_b = survey.files[b].path;
    faulty.described.push_back(a == b ? of_a.string() : of_a.string() + " and " + of_b.string());
    faulty.files.push_back(of_a);
    if (a != b) faulty.files.push_back(of_b);
  }
  return faulty;
}

double thumbnails_differ(const ImageStats& a, const ImageStats& b) {
  double sum = 0;
  for (size_t i = 0; i < a.thumbnail.size(); ++i)
    sum += std::pow(a.thumbnail[i] - b.thumbnail[i], 2);
  return std::sqrt(sum / static_cast<double>(a.thumbnail.size()));
}

/// RMS of RGB between A and B; of two files that are clearly different, less than that.
std::vector<double> differences(const Survey& survey,
                                const std::vector<std::pair<size_t, size_t>>& pairs, int threads,
                                const std::function<bool(double)>& progress) {
  constexpr double kClear = 8;
  std::vector<double> result(pairs.size());
  in_parallel(
      pairs.size(), threads,
      [&](size_t i) {
        const SurveyedFile &a = survey.files[pairs[i].first], &b = survey.files[pairs[i].second];
        result[i] = pairs[i].first == pairs[i].second ? a.look.halves_differ
                                                      : thumbnails_differ(a.look, b.look);
        if (pairs[i].first == pairs[i].second || result[i] > kClear) return;
        try {
          result[i] = difference(read_view(path_of(a.path, survey.data)),
                                 read_view(path_of(b.path, survey.data)));
        } catch (const DataError&) {  // gone since it was looked at
        }
      },
      progress);
  return result;
}

/// What is compared: pairs as wholes, for one A may well have several B.
std::vector<Unit> units_of(const Survey& survey) {
  std::vector<Unit> units;
  if (survey.data.kind == DataKind::paired) {
    for (const auto& [a, b] : readable_pairs(survey)) units.push_back({a, b});
  } else {
    for (size_t i = 0; i < survey.files.size(); ++i)
      if (survey.readable(i)) units.push_back({i});
  }
  return units;
}

/// "train/b.png is train/a.png", with what is special about it.
void describe_copy(const Survey& survey, size_t copy, size_t original, bool same_bytes,
                   Faulty& faulty) {
  const SurveyedFile &second = survey.files[copy], &first = survey.files[original];
  faulty.described.push_back(second.path.string() + " is " + first.path.string() +
                             (same_bytes ? "" : " saved anew"));
  for (const fs::path& path : {first.path, second.path})
    if (std::find(faulty.files.begin(), faulty.files.end(), path) == faulty.files.end())
      faulty.files.push_back(path);
}

}  // namespace

void check_exchanged(const Survey& survey, Problems& problems) {
  const std::vector<std::pair<size_t, size_t>> pairs = readable_pairs(survey);
  std::vector<std::pair<Features, Features>> features;
  for (const auto& [a, b] : pairs) {
    const ImageStats &of_a = survey.files[a].look, &of_b = survey.files[b].look;
    features.emplace_back(a == b ? of_a.halves[0] : of_a.whole,
                          a == b ? of_b.halves[1] : of_b.whole);
  }
  std::vector<std::pair<size_t, size_t>> exchanged;
  for (const size_t i : find_exchanged(features)) exchanged.push_back(pairs[i]);
  problems.add(Severity::warning, "swapped", "pair has A and B exchanged, to judge by the others",
               "pairs have A and B exchanged, to judge by the others",
               faulty_pairs(survey, exchanged),
               survey.data.kind == DataKind::aligned
                   ? "Look at them; exchange their left and right halves, or take them away."
                   : "Look at them; exchange their two files, or take them away.");
}

void check_identical(const Survey& survey, int threads, const std::function<bool(double)>& progress,
                     Problems& problems) {
  std::vector<std::pair<size_t, size_t>> same;
  if (survey.data.kind == DataKind::grey) {  // of a photo without colour A and B are the same
    for (size_t i = 0; i < survey.files.size(); ++i)
      if (survey.readable(i) && std::expm1(survey.files[i].look.whole[kColour]) < 1)
        same.emplace_back(i, i);
  }
  const std::vector<std::pair<size_t, size_t>> pairs = readable_pairs(survey);
  const std::vector<double> differ = differences(survey, pairs, threads, progress);
  std::vector<double> sorted = differ;
  std::sort(sorted.begin(), sorted.end());
  // Some tasks are about small differences (noise, JPEG): then 6 is much, and 1 still next to none.
  const double usual = sorted.empty() ? 0 : sorted[sorted.size() / 2];
  for (size_t i = 0; i < pairs.size(); ++i)
    if (differ[i] <= 1 || (differ[i] <= 6 && differ[i] <= usual / 4)) same.push_back(pairs[i]);
  problems.add(Severity::warning, "identical_pair", "pair has the same picture as A and as B",
               "pairs have the same picture as A and as B", faulty_pairs(survey, same),
               "Put in what B should be, or take them away: they teach the network to do nothing.");
}

void check_copies(const Survey& survey, int threads, const std::function<bool(double)>& progress,
                  Problems& problems) {
  const std::vector<Unit> units = units_of(survey);
  std::vector<fs::path> files;
  std::vector<ImageStats> looks;
  for (const SurveyedFile& file : survey.files) {
    files.push_back(path_of(file.path, survey.data));
    looks.push_back(file.look);
  }
  Faulty twice, leaked;
  for (const Copies& copies : find_copies(units, files, looks, threads, progress)) {
    std::vector<size_t> trained, others;
    for (const size_t unit : copies.units)
      (survey.trained(units[unit][0]) ? trained : others).push_back(units[unit][0]);
    const std::vector<size_t>& repeated = trained.empty() ? others : trained;
    for (size_t i = 1; i < repeated.size(); ++i)
      describe_copy(survey, repeated[i], repeated[0], copies.same_bytes, twice);
    if (trained.empty()) continue;
    for (const size_t other : others)
      describe_copy(survey, other, trained[0], copies.same_bytes, leaked);
  }
  problems.add(Severity::warning, "duplicate", "picture is there twice", "pictures are there twice",
               twice, "Keep one of each: what is there twice is learnt twice as often.");
  problems.add(Severity::warning, "train_in_val",
               "picture is both for training and for validation or tests",
               "pictures are both for training and for validation or tests", leaked,
               "Take them out of one of the two: results on pictures that were learnt say nothing "
               "about others.");
}

}  // namespace imago

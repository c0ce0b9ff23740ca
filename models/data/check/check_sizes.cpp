// What is wrong with the sizes of pictures.
#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>

#include "models/data/check/checks.h"
#include "models/data/data_options.h"

namespace imago {
namespace {

using Severity = DataProblem::Severity;

std::string size_of(const ImageStats& look) {
  return std::to_string(look.width) + "x" + std::to_string(look.height);
}

std::string named(const SurveyedFile& file) {
  return file.path.string() + " (" + size_of(file.look) + ")";
}

/// How many times as wide as high one is, compared with the other; 1: of the same shape.
double stretch(const ImageStats& one, const ImageStats& other) {
  const double factor = static_cast<double>(one.width) * other.height /
                        (static_cast<double>(other.width) * one.height);
  return std::max(factor, 1 / factor);
}

constexpr double kSameShape = 1.03;  // rounding, and a pixel cropped here or there

bool same_size(const ImageStats& one, const ImageStats& other) {
  return one.width == other.width && one.height == other.height;
}

template <typename Key>
Key commonest(const std::map<Key, int>& counts) {
  return std::max_element(counts.begin(), counts.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

void check_aligned(const Survey& survey, Problems& problems) {
  const auto shape = [&](size_t i) {  // in steps of 3 %
    const ImageStats& look = survey.files[i].look;
    return std::lround(std::log(static_cast<double>(look.width) / look.height) / 0.03);
  };
  std::map<long, int> shapes;
  for (size_t i = 0; i < survey.files.size(); ++i)
    if (survey.readable(i)) ++shapes[shape(i)];
  if (shapes.empty()) return;
  const long usual = commonest(shapes);
  const bool is_usual = 2 * shapes[usual] > static_cast<int>(survey.files.size());
  Faulty odd_trained, odd_others, single;
  for (size_t i = 0; i < survey.files.size(); ++i) {
    if (!survey.readable(i)) continue;
    const SurveyedFile& file = survey.files[i];
    const bool odd = file.look.width % 2 != 0;
    // Half as wide as the others: ln 2 / 0.03 = 23 steps.
    const bool one_only = is_usual && shape(i) < usual - 15;
    if (!odd && !one_only) continue;
    Faulty& faulty = !odd ? single : survey.trained(i) ? odd_trained : odd_others;
    faulty.described.push_back(named(file));
    faulty.files.push_back(file.path);
  }
  const auto add_odd = [&](Severity severity, const Faulty& faulty) {
    problems.add(severity, "size_mismatch",
                 "picture has an odd width, so it is not two of one size side by side",
                 "pictures have an odd width, so they are not two of one size side by side", faulty,
                 "Cut or resize them so that A and B are equally wide, or take them away.");
  };
  add_odd(Severity::error, odd_trained);
  if (!single.files.empty() || !odd_others.files.empty()) {
    Faulty all = single;
    all.described.insert(all.described.end(), odd_others.described.begin(),
                         odd_others.described.end());
    all.files.insert(all.files.end(), odd_others.files.begin(), odd_others.files.end());
    problems.add(Severity::warning, "size_mismatch",
                 "picture cannot be two side by side, to judge by its size",
                 "pictures cannot be two side by side, to judge by their sizes", all,
                 "Put A and B beside each other in them, or take them away.");
  }
}

/// Under resize_and_crop both become one square, so that a difference in size alone does no harm
/// where it is the rule.
void check_paired(const Survey& survey, Problems& problems) {
  const bool strict = survey.data.preprocess != Preprocess::resize_and_crop;
  std::vector<std::pair<size_t, size_t>> pairs, different;
  for (const auto& [a, b] : survey.pairs)
    if (survey.readable(a) && survey.readable(b)) pairs.emplace_back(a, b);
  for (const auto& [a, b] : pairs)
    if (!same_size(survey.files[a].look, survey.files[b].look)) different.emplace_back(a, b);
  const bool is_the_rule = 2 * different.size() > pairs.size();
  Faulty refused, harmful;
  for (const auto& [a, b] : different) {
    const SurveyedFile &of_a = survey.files[a], &of_b = survey.files[b];
    const bool refuse = strict && survey.trained(a);
    if (!refuse && is_the_rule && stretch(of_a.look, of_b.look) < kSameShape) continue;
    Faulty& faulty = refuse ? refused : harmful;
    faulty.described.push_back(named(of_a) + " and " + named(of_b));
    faulty.files.insert(faulty.files.end(), {of_a.path, of_b.path});
  }
  const auto add = [&](Severity severity, const Faulty& faulty, const std::string& remedy) {
    problems.add(severity, "size_mismatch", "pair has pictures of different sizes",
                 "pairs have pictures of different sizes", faulty, remedy);
  };
  add(Severity::error, refused,
      "Cut or resize them to one size; or choose --preprocess resize_and_crop, which stretches "
      "both to one square.");
  add(Severity::warning, harmful,
      "Check that they show the same, and cut or resize them to one size: as they are, both are "
      "stretched to one square.");
}

/// Night is given the size of day, so their shapes must agree.
void check_cameras(const Survey& survey, Problems& problems) {
  std::map<std::string, std::map<std::pair<int, int>, int>> sizes;
  for (size_t i = 0; i < survey.files.size(); ++i) {
    const ImageStats& look = survey.files[i].look;
    if (survey.readable(i)) ++sizes[survey.files[i].camera][{look.width, look.height}];
  }
  Faulty faulty;
  for (size_t i = 0; i < survey.files.size(); ++i) {
    if (!survey.readable(i)) continue;
    ImageStats usual;
    std::tie(usual.width, usual.height) = commonest(sizes[survey.files[i].camera]);
    if (stretch(survey.files[i].look, usual) < kSameShape) continue;
    faulty.described.push_back(named(survey.files[i]) + " where others are " + size_of(usual));
    faulty.files.push_back(survey.files[i].path);
  }
  problems.add(Severity::warning, "size_mismatch", "picture has another shape than its camera's",
               "pictures have other shapes than their cameras'", faulty,
               "Cut them to what the camera's other pictures show, or take them away: as they are, "
               "they are stretched.");
}

/// The width of A or of B in a picture of both; that one pixel holds no two is told elsewhere.
int half_of(int width) { return std::max(1, width / 2); }

/// What --preprocess none and scale_width make of a picture; nothing for those that crop.
std::optional<std::pair<int, int>> prepared_size(int width, int height, const DataOptions& data) {
  const bool photos = data.kind == DataKind::photos;
  const int multiple = photos ? data.scale : 4;
  const auto whole = [&](int side) {
    if (photos) return side - side % multiple;
    return std::max(multiple, multiple * static_cast<int>(std::nearbyint(side / 4.0)));
  };
  if (data.preprocess == Preprocess::none) return std::pair(whole(width), whole(height));
  if (data.preprocess != Preprocess::scale_width || photos) return std::nullopt;
  const auto scaled = static_cast<int>(int64_t{data.load_size} * height / width);
  return std::pair(data.load_size, std::max(scaled, 1));
}

/// The pictures of a batch have one size.
void check_batches(const Survey& survey, Problems& problems) {
  const DataOptions& data = survey.data;
  if (data.batch_size < 2) return;
  std::map<bool, std::map<std::pair<int, int>, int>> counts;  // of A and of B
  std::vector<std::optional<std::pair<int, int>>> sizes(survey.files.size());
  for (size_t i = 0; i < survey.files.size(); ++i) {
    const SurveyedFile& file = survey.files[i];
    // By night a camera's pictures are given the size that they have by day.
    if (data.kind == DataKind::cameras && file.is_b != data.b_to_a) continue;
    if (!survey.readable(i) || !survey.trained(i)) continue;
    const int width = data.kind == DataKind::aligned ? half_of(file.look.width) : file.look.width;
    sizes[i] = prepared_size(width, file.look.height, data);
    if (sizes[i]) ++counts[file.is_b][*sizes[i]];
  }
  Faulty faulty;
  for (size_t i = 0; i < survey.files.size(); ++i) {
    const SurveyedFile& file = survey.files[i];
    if (!sizes[i] || *sizes[i] == commonest(counts[file.is_b])) continue;
    faulty.described.push_back(named(file));
    faulty.files.push_back(file.path);
  }
  problems.add(Severity::error, "size_mismatch",
               "picture has another size than those it would share a batch with",
               "pictures have other sizes than those they would share a batch with", faulty,
               "Choose --batch-size 1, or a --preprocess that crops.");
}

/// Whole pictures have sides of their own, which the network must be able to take.
void check_network_sides(const Survey& survey, const NetworkSides& sides, Problems& problems) {
  const DataOptions& data = survey.data;
  const int scale = data.kind == DataKind::photos ? data.scale : 1;
  const auto fits = [&](int side) {
    return side / scale % sides.multiple == 0 && side / scale >= sides.minimum;
  };
  Faulty faulty;
  for (size_t i = 0; i < survey.files.size(); ++i) {
    const SurveyedFile& file = survey.files[i];
    if (data.kind == DataKind::cameras && file.is_b != data.b_to_a) continue;
    if (!survey.readable(i) || !survey.trained(i)) continue;
    const int width = data.kind == DataKind::aligned ? half_of(file.look.width) : file.look.width;
    const auto size = prepared_size(width, file.look.height, data);
    // That nothing is left of a picture is told elsewhere.
    if (!size || size->first == 0 || size->second == 0) continue;
    if (fits(size->first) && fits(size->second)) continue;
    const std::string given = std::to_string(size->first) + "x" + std::to_string(size->second);
    faulty.described.push_back(file.path.string() + " (" + given + ")");
    faulty.files.push_back(file.path);
  }
  const std::string can =
      " sides that the network cannot take, which are multiples of " +
      std::to_string(sides.multiple) +
      (sides.minimum > sides.multiple ? " from " + std::to_string(sides.minimum) + " on" : "");
  const bool whole = data.preprocess == Preprocess::none && scale == 1;
  problems.add(
      Severity::error, "size_mismatch", "picture has" + can, "pictures have" + can, faulty,
      "Choose a --preprocess that crops, as resize_and_crop does" +
          std::string(whole && sides.multiple > 4
                          ? "; or --netG resnet_9blocks, which takes whole pictures of any "
                            "size."
                          : "."));
}

/// What --preprocess does about a picture that is smaller than the crop.
enum class Small { fits, enlarged, mirrored, low, refused };

Small fate_of(int width, int height, const DataOptions& data) {
  const int shorter = std::min(width, height), crop = data.crop_size;
  const bool photos = data.kind == DataKind::photos;
  const bool proportions = is_derived(data.kind) || data.kind == DataKind::cameras;
  switch (data.preprocess) {
    case Preprocess::none:
      return photos && shorter < data.scale ? Small::refused : Small::fits;
    case Preprocess::scale_width:
    case Preprocess::scale_width_and_crop:
      if (!photos && int64_t{data.load_size} * height / width < crop)
        return data.preprocess == Preprocess::scale_width ? Small::low : Small::refused;
      if (!photos) return width < crop ? Small::enlarged : Small::fits;
      [[fallthrough]];
    case Preprocess::resize_and_crop:
    case Preprocess::crop:
      break;
  }
  if (shorter >= crop) return Small::fits;
  if (photos) return Small::mirrored;
  return data.preprocess == Preprocess::crop && !proportions ? Small::refused : Small::enlarged;
}

}  // namespace

void check_sizes(const Survey& survey, const NetworkSides& sides, Problems& problems) {
  if (survey.data.kind == DataKind::aligned) check_aligned(survey, problems);
  if (survey.data.kind == DataKind::paired) check_paired(survey, problems);
  if (survey.data.kind == DataKind::cameras) check_cameras(survey, problems);
  check_batches(survey, problems);
  check_network_sides(survey, sides, problems);
}

void check_smallness(const Survey& survey, Problems& problems) {
  const DataOptions& data = survey.data;
  Faulty refused, enlarged, mirrored, low;
  for (size_t i = 0; i < survey.files.size(); ++i) {
    if (!survey.readable(i) || !survey.trained(i)) continue;
    const ImageStats& look = survey.files[i].look;
    const int width = data.kind == DataKind::aligned ? half_of(look.width) : look.width;
    const Small fate = fate_of(width, look.height, data);
    if (fate == Small::fits) continue;
    Faulty& faulty = fate == Small::refused    ? refused
                     : fate == Small::low      ? low
                     : fate == Small::enlarged ? enlarged
                                               : mirrored;
    faulty.described.push_back(named(survey.files[i]));
    faulty.files.push_back(survey.files[i].path);
  }
  const std::string crop = std::to_string(data.crop_size);
  const auto add = [&](Severity severity, const Faulty& faulty, const std::string& remedy) {
    const std::string than = " smaller than the crop of " + crop;
    problems.add(severity, "too_small", "picture is" + than, "pictures are" + than, faulty, remedy);
  };
  const bool scaled = data.preprocess == Preprocess::scale_width_and_crop;
  add(Severity::error, refused,
      data.preprocess == Preprocess::none
          ? "Take them away: nothing is left of them when they are reduced."
      : scaled
          ? "Scaled to the width of --load-size they are too low to be cropped, and they are "
            "not stretched: choose a larger --load-size or a smaller --crop-size."
          : "Take them away, or choose a smaller --crop-size or --preprocess resize_and_crop.");
  add(Severity::warning, low,
      "Scaled to the width of --load-size they are lower than that. They are not stretched: the "
      "networks see them as low as they are. A larger --load-size makes them higher.");
  add(Severity::warning, enlarged,
      "Take them away or choose a smaller --crop-size: they are enlarged, and their blur is "
      "learnt.");
  add(Severity::warning, mirrored,
      "Take them away or choose a smaller --crop-size: their borders are mirrored to fill the "
      "crop.");
}

}  // namespace imago

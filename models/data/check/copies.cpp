#include "models/data/check/copies.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <numeric>
#include <opencv2/imgproc.hpp>

#include "models/data/parallel.h"

namespace imago {
namespace fs = std::filesystem;
namespace {

// RMS of the thumbnails. Measured on 2000 photos, aerial pictures and webcam frames, saved anew as
// JPEG (quality 50…95) and at 0.35…2 times the size; docs/data.md says what came of it.
constexpr double kSameSize = 2.5, kOtherSize = 6;  // of copies
constexpr double kSamePixels = 0.5;                // of copies without loss
constexpr double kSeries = 10;  // of frames of one scene; different photos have 20 and more
constexpr size_t kClosest = 8;  // a picture is compared with so many at most

bool have_same_size(const ImageStats& one, const ImageStats& other) {
  return one.width == other.width && one.height == other.height;
}

/// RMS of the thumbnails, infinite above kSeries and for another shape.
double distance(const ImageStats& one, const ImageStats& other) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  const double stretch = static_cast<double>(one.width) * other.height /
                         (static_cast<double>(other.width) * one.height);
  if (std::abs(std::log(stretch)) > 0.03) return kNone;
  const size_t size = one.thumbnail.size();
  const auto most = static_cast<int64_t>(kSeries * kSeries * static_cast<double>(size));
  int64_t sum = 0;
  for (size_t row = 0; row < size; row += 3 * kThumbnailSide) {
    for (size_t i = row; i < row + 3 * kThumbnailSide; ++i) {
      const int difference = one.thumbnail[i] - other.thumbnail[i];
      sum += difference * difference;
    }
    if (sum > most) return kNone;
  }
  return std::sqrt(static_cast<double>(sum) / static_cast<double>(size));
}

/// Grey, floats, of this size.
cv::Mat reduced_grey(const Picture& picture, const cv::Size& size) {
  const cv::Mat rgb(picture.height, picture.width, CV_8UC3,
                    const_cast<uint8_t*>(picture.values.data()));
  cv::Mat grey, sized, values;
  cv::cvtColor(rgb, grey, cv::COLOR_RGB2GRAY);
  cv::resize(grey, sized, size, 0, 0, cv::INTER_AREA);
  sized.convertTo(values, CV_32F);
  cv::GaussianBlur(values, values, {}, 0.7);
  return values;
}

/// What is left without the coarse structure.
cv::Mat fine_part(const cv::Mat& grey) {
  cv::Mat coarse;
  cv::GaussianBlur(grey, coarse, {}, 3);
  return grey - coarse;
}

/// Means over blocks of 16×16.
std::vector<float> block_means(const cv::Mat& values) {
  constexpr int kBlock = 16;
  std::vector<float> means;
  for (int y = 0; y + kBlock <= values.rows; y += kBlock)
    for (int x = 0; x + kBlock <= values.cols; x += kBlock)
      means.push_back(static_cast<float>(cv::mean(values(cv::Rect(x, y, kBlock, kBlock)))[0]));
  return means;
}

/// The value below which this share of them lies.
double quantile(std::vector<double> values, double share) {
  const auto at =
      values.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(values.size()));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

bool same_bytes(const fs::path& one, const fs::path& other) {
  std::error_code first, second;
  if (fs::file_size(one, first) != fs::file_size(other, second) || first || second) return false;
  std::ifstream a(one, std::ios::binary), b(other, std::ios::binary);
  std::vector<char> of_a(1 << 16), of_b(1 << 16);
  while (a && b) {
    a.read(of_a.data(), static_cast<std::streamsize>(of_a.size()));
    b.read(of_b.data(), static_cast<std::streamsize>(of_b.size()));
    if (a.gcount() != b.gcount() ||
        !std::equal(of_a.begin(), of_a.begin() + a.gcount(), of_b.begin()))
      return false;
  }
  return a.eof() && b.eof();
}

/// How sure it is that two pictures are copies, from not at all to quite.
enum class Likeness : char { none, alike, same_pixels, same_file };

/// Whether they are the same but for having been saved anew or resized; they look alike.
Likeness compare(const Picture& one, const Picture& other);

/// Two units that may be copies of each other.
struct Candidate {
  size_t one, other;
  double distance;
};

struct Candidates {
  std::vector<Candidate> pairs;  // of every unit the closest ones: there may be too many to open
  std::vector<bool> in_series;   // units that resemble another which cannot be a copy
};

/// How far apart two units are, the pictures that differ most; and whether they may be copies.
std::pair<double, bool> compare(const Unit& one, const Unit& other,
                                const std::vector<ImageStats>& looks) {
  double farthest = 0;
  bool may_be = true;
  for (size_t k = 0; k < one.size() && std::isfinite(farthest); ++k) {
    const ImageStats &a = looks[one[k]], &b = looks[other[k]];
    const double apart = distance(a, b);
    may_be = may_be && apart <= (have_same_size(a, b) ? kSameSize : kOtherSize);
    farthest = std::max(farthest, apart);
  }
  return {farthest, may_be};
}

Candidates candidates(const std::vector<Unit>& units, const std::vector<ImageStats>& looks) {
  std::vector<size_t> order(units.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto brightness = [&](size_t unit) { return looks[units[unit][0]].brightness; };
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return brightness(a) != brightness(b) ? brightness(a) < brightness(b) : a < b;
  });
  Candidates found{{}, std::vector<bool>(units.size(), false)};
  for (size_t i = 0; i < order.size(); ++i) {
    std::vector<Candidate> near;
    for (size_t j = i + 1; j < order.size(); ++j) {
      if (brightness(order[j]) - brightness(order[i]) > kSeries) break;
      const auto [apart, may_be] = compare(units[order[i]], units[order[j]], looks);
      if (may_be)
        near.push_back({order[i], order[j], apart});
      else if (std::isfinite(apart))
        found.in_series[order[i]] = found.in_series[order[j]] = true;
    }
    std::stable_sort(near.begin(), near.end(), [](const Candidate& a, const Candidate& b) {
      return a.distance < b.distance;
    });
    near.resize(std::min(near.size(), kClosest));
    found.pairs.insert(found.pairs.end(), near.begin(), near.end());
  }
  return found;
}

Likeness compare(const fs::path& one, const fs::path& other) {
  if (same_bytes(one, other)) return Likeness::same_file;
  try {
    return compare(read_view(one), read_view(other));
  } catch (const DataError&) {  // gone since it was looked at
    return Likeness::none;
  }
}

/// Groups by who is joined with whom.
class Groups {
 public:
  explicit Groups(size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), size_t{0});
  }
  size_t of(size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(size_t a, size_t b) { parent_[of(a)] = of(b); }

 private:
  std::vector<size_t> parent_;
};

Likeness compare(const Picture& one, const Picture& other) {
  const bool same_size = one.width == other.width && one.height == other.height;
  const Picture& smaller = one.width <= other.width ? one : other;
  // Half of the size hides that edges are not quite where they were.
  const int divisor = same_size ? 1 : 2;
  const cv::Size size(std::max(1, smaller.width / divisor), std::max(1, smaller.height / divisor));
  const cv::Mat a = reduced_grey(one, size), b = reduced_grey(other, size);
  const cv::Mat fine_a = fine_part(a), fine_b = fine_part(b);
  const std::vector<float> energy_a = block_means(fine_a.mul(fine_a)),
                           energy_b = block_means(fine_b.mul(fine_b)),
                           common = block_means(fine_a.mul(fine_b)), step = block_means(a - b);
  // JPEG takes detail away, so what detail is left must be the original's, in every block that has
  // some; noise, and what moved, is new in another frame of the same scene.
  std::vector<double> kept, correlation;
  double largest = 0;
  for (size_t i = 0; i < step.size(); ++i) {
    largest = std::max(largest, static_cast<double>(std::abs(step[i])));
    const double less = std::min(energy_a[i], energy_b[i]);
    if (less <= 1) continue;
    kept.push_back(common[i] / less);
    correlation.push_back(common[i] / std::sqrt(static_cast<double>(energy_a[i]) * energy_b[i]));
  }
  if (same_size && difference(one, other) < 0.3) return Likeness::same_pixels;
  const double allowed = same_size ? 1.5 : 2.5;
  if (kept.size() < 4)
    return difference(one, other) < 2 && largest <= allowed ? Likeness::alike : Likeness::none;
  // The coarser the compression, the more blocks as a whole may differ.
  const double most = allowed + 10 * (1 - quantile(correlation, 0.25));
  return quantile(kept, 0.1) >= 0.8 && largest <= most ? Likeness::alike : Likeness::none;
}

/// Where a picture resembles others that are no copies of it, it is one of a series, and likeness
/// alone proves nothing: two frames in which nothing moved differ no more than copies do.
void distrust_series(const Candidates& alike, std::vector<Likeness>& likeness) {
  const std::vector<Candidate>& pairs = alike.pairs;
  Groups groups(alike.in_series.size());
  for (const Candidate& pair : pairs) groups.join(pair.one, pair.other);
  std::vector<bool> is_series(alike.in_series.size(), false);
  for (size_t unit = 0; unit < is_series.size(); ++unit)
    if (alike.in_series[unit]) is_series[groups.of(unit)] = true;
  for (size_t i = 0; i < pairs.size(); ++i)
    if (likeness[i] == Likeness::none) is_series[groups.of(pairs[i].one)] = true;
  for (size_t i = 0; i < pairs.size(); ++i)
    if (likeness[i] == Likeness::alike && is_series[groups.of(pairs[i].one)])
      likeness[i] = Likeness::none;
}

}  // namespace

std::vector<Copies> find_copies(const std::vector<Unit>& units, const std::vector<fs::path>& files,
                                const std::vector<ImageStats>& looks, int threads,
                                const std::function<bool(double)>& progress) {
  const Candidates alike = candidates(units, looks);
  const std::vector<Candidate>& pairs = alike.pairs;
  std::vector<Likeness> likeness(pairs.size(), Likeness::same_file);
  in_parallel(
      pairs.size(), threads,
      [&](size_t i) {
        const Unit &one = units[pairs[i].one], &other = units[pairs[i].other];
        const bool in_series = alike.in_series[pairs[i].one] || alike.in_series[pairs[i].other];
        if (in_series && pairs[i].distance > kSamePixels) likeness[i] = Likeness::none;
        for (size_t k = 0; k < one.size() && likeness[i] != Likeness::none; ++k)
          likeness[i] = std::min(likeness[i], compare(files[one[k]], files[other[k]]));
      },
      progress);
  distrust_series(alike, likeness);
  Groups groups(units.size());
  for (size_t i = 0; i < pairs.size(); ++i)
    if (likeness[i] != Likeness::none) groups.join(pairs[i].one, pairs[i].other);
  std::map<size_t, Copies> by_group;
  for (size_t unit = 0; unit < units.size(); ++unit)
    by_group[groups.of(unit)].units.push_back(unit);
  for (size_t i = 0; i < pairs.size(); ++i)
    if (likeness[i] == Likeness::same_pixels || likeness[i] == Likeness::alike)
      by_group[groups.of(pairs[i].one)].same_bytes = false;
  std::vector<Copies> found;
  for (const auto& [group, copies] : by_group)
    if (copies.units.size() > 1) found.push_back(copies);
  return found;
}

}  // namespace imago

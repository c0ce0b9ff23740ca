#include "models/training/report/report_sheets.h"

#include <algorithm>
#include <cmath>
#include <exiv2/futils.hpp>
#include <set>

#include "models/image/image.h"

namespace imago {
namespace {

constexpr size_t kMostSheets = 24, kMostBytes = size_t{8} << 20;
constexpr double kMostPixels = 1 << 20;

std::string base64(const std::vector<std::byte>& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  if (!Exiv2::base64encode(bytes.data(), bytes.size(), text.data(), text.size()))
    throw ImageError("cannot be written as text");
  text.pop_back();  // the terminating zero
  return text;
}

/// Not above kMostPixels.
Image shrunk(Image image) {
  const double factor = std::sqrt(kMostPixels / (static_cast<double>(image.width) * image.height));
  if (factor >= 1) return image;
  const int width = std::max(1, static_cast<int>(std::lround(image.width * factor)));
  const int height = std::max(1, static_cast<int>(std::lround(image.height * factor)));
  image.pixels = resize_plane(image.pixels, image.width, image.height, width, height);
  image.width = width;
  image.height = height;
  image.alpha.clear();
  return image;
}

/// Every `stride`-th, the best and the newest: with a stride that only ever doubles, what is chosen
/// now was chosen before, or is new.
std::set<size_t> chosen(const std::vector<ValidationRecord>& validations, size_t stride) {
  std::set<size_t> indices;
  for (size_t i = 0; i < validations.size(); ++i)
    if (i % stride == 0) indices.insert(i);
  for (size_t i = validations.size(); i-- > 0;)
    if (validations[i].best) {
      indices.insert(i);
      break;
    }
  if (!validations.empty()) indices.insert(validations.size() - 1);
  return indices;
}

}  // namespace

const ReportSheets::Encoded& ReportSheets::encoded(const std::filesystem::path& sample) {
  Encoded& sheet = known_[sample];
  std::error_code error;
  const auto time = std::filesystem::last_write_time(folder_.path / sample, error);
  if (!sheet.uri.empty() && !error && sheet.time == time) return sheet;
  sheet = {};
  try {
    Image image = load_image(folder_.path / sample);
    image.metadata = {};
    sheet.time = time;
    sheet.width = image.width;
    sheet.height = image.height;
    SaveOptions options;
    options.format = "jpg";
    options.quality = 80;
    options.origin = Origin::composite_with_trained_model;
    options.creator = "Imago " IMAGO_VERSION;
    sheet.uri = "data:image/jpeg;base64," + base64(encode_image(shrunk(std::move(image)), options));
  } catch (const ImageError&) {
    sheet = {};  // somebody tidied up, or is not done writing
  }
  return sheet;
}

std::vector<ReportSheets::Sheet> ReportSheets::choose(
    const std::vector<ValidationRecord>& validations) {
  std::vector<Sheet> sheets;
  for (;; stride_ *= 2) {
    const std::set<size_t> indices = chosen(validations, stride_);
    if (indices.size() > kMostSheets) continue;
    sheets.clear();
    size_t bytes = 0;
    for (const size_t i : indices) {
      const Encoded& sheet = encoded(validations[i].sample);
      bytes += sheet.uri.size();
      if (!sheet.uri.empty())
        sheets.push_back({&validations[i], &sheet.uri, sheet.width, sheet.height});
    }
    if (bytes <= kMostBytes || stride_ > validations.size()) break;
  }
  std::set<std::filesystem::path> kept;
  for (const Sheet& sheet : sheets) kept.insert(sheet.record->sample);
  std::erase_if(known_, [&](const auto& entry) { return !kept.contains(entry.first); });
  return sheets;
}

}  // namespace imago

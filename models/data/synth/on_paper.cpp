#include "models/data/synth/on_paper.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/data/resample.h"

namespace imago {
namespace {

constexpr double kSmallest = 0.4;     // of the sheet's sides
constexpr double kOutside = 1.0 / 6;  // of the photo's sides
constexpr double kOffCentre = 0.3;  // of the photo's sides: how far the line may be from its middle
constexpr double kWaveHeight = 0.04, kWaveLength = 0.5;  // of the photo's longer side, at most

constexpr uint8_t kPaper = 255;

}  // namespace

SheetPlace draw_sheet_place(const Picture& photo, RandomStream& random) {
  const double scale = random.uniform(kSmallest, 1);
  const auto size = [&](int side) {
    return std::max(1, static_cast<int>(std::lround(scale * side)));
  };
  const int width = size(photo.width), height = size(photo.height);
  const auto place = [&](int sheet, int side) {
    const double outside = kOutside * side;
    return static_cast<int>(std::lround(random.uniform(-outside, sheet - side + outside)));
  };
  const int x = place(photo.width, width);
  return {x, place(photo.height, height), width, height};
}

Picture on_paper(const Picture& photo, const SheetPlace& place) {
  const Picture small = resize_bicubic(photo, place.width, place.height);
  Picture sheet(photo.width, photo.height, photo.channels);
  std::ranges::fill(sheet.values, kPaper);
  const int first = std::max(0, -place.x), end = std::min(place.width, sheet.width - place.x);
  if (first >= end) return sheet;
  for (int y = std::max(0, -place.y); y < std::min(place.height, sheet.height - place.y); ++y)
    std::copy_n(small.row(y) + static_cast<ptrdiff_t>(first) * photo.channels,
                static_cast<ptrdiff_t>(end - first) * photo.channels,
                sheet.row(place.y + y) + static_cast<ptrdiff_t>(place.x + first) * photo.channels);
  return sheet;
}

UndrawnPart::UndrawnPart(const SheetPlace& place, RandomStream& random) {
  const double angle = random.uniform(0, 2 * std::numbers::pi);
  across_x_ = std::cos(angle);
  across_y_ = std::sin(angle);
  x_ = place.x + place.width * (0.5 + random.uniform(-kOffCentre, kOffCentre));
  y_ = place.y + place.height * (0.5 + random.uniform(-kOffCentre, kOffCentre));
  const double side = std::max(place.width, place.height);
  height_ = side * random.uniform(0, kWaveHeight);
  length_ = side * random.uniform(kWaveLength / 3, kWaveLength);
  phase_ = random.uniform(0, 2 * std::numbers::pi);
}

bool UndrawnPart::holds(int x, int y) const {
  const double dx = x - x_, dy = y - y_;
  const double along = dy * across_x_ - dx * across_y_;
  const double wave = height_ * std::sin(2 * std::numbers::pi * along / length_ + phase_);
  return dx * across_x_ + dy * across_y_ > wave;
}

void UndrawnPart::clear(Picture& picture, uint8_t ground) const {
  for (int y = 0; y < picture.height; ++y)
    for (int x = 0; x < picture.width; ++x)
      if (holds(x, y))
        std::fill_n(picture.row(y) + static_cast<ptrdiff_t>(x) * picture.channels, picture.channels,
                    ground);
}

}  // namespace imago

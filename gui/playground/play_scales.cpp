#include "gui/playground/play_scales.h"

#include <algorithm>
#include <cmath>

namespace imago::gui {

namespace {

constexpr double kSlowest = 0.5, kDoubling = 9;  // places of the slider for twice the speed
constexpr double kLeastRate = 1e-5, kDecade = 20;

/// With two digits, as people write it.
double rounded(double value) {
  const double unit = std::pow(10, std::floor(std::log10(value)) - 1);
  return std::round(value / unit) * unit;
}

int place(double value, int end) {
  return std::clamp(static_cast<int>(std::lround(value)), 0, end);
}

}  // namespace

double speedOfSlider(int value) {
  return value >= kSpeedEnd ? 0 : rounded(kSlowest * std::exp2(value / kDoubling));
}

int sliderOfSpeed(double speed) {
  if (speed <= 0) return kSpeedEnd;
  return place(kDoubling * std::log2(speed / kSlowest), kSpeedEnd - 1);
}

double rateOfSlider(int value) { return rounded(kLeastRate * std::pow(10, value / kDecade)); }

int sliderOfRate(double rate) { return place(kDecade * std::log10(rate / kLeastRate), kRateEnd); }

}  // namespace imago::gui

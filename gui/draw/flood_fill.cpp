#include "gui/draw/flood_fill.h"

#include <algorithm>
#include <cstdlib>
#include <vector>

namespace imago::gui {

namespace {

constexpr int kAlike = 80;  // of 255, in every channel: half of a soft edge
constexpr int kReach = 2;   // pixels below soft edges

/// Which pixels are filled: 0, kInside, or later the distance they lie beyond.
struct Mask {
  int width, height;
  std::vector<uchar> values;

  explicit Mask(QSize size)
      : width(size.width()),
        height(size.height()),
        values(static_cast<size_t>(size.width()) * static_cast<size_t>(size.height())) {}
  uchar& at(int x, int y) {
    return values[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)];
  }
};

bool alike(QRgb a, QRgb b) {
  return std::abs(qRed(a) - qRed(b)) <= kAlike && std::abs(qGreen(a) - qGreen(b)) <= kAlike &&
         std::abs(qBlue(a) - qBlue(b)) <= kAlike && std::abs(qAlpha(a) - qAlpha(b)) <= kAlike;
}

/// Runs of rows at a time.
Mask connected(const QImage& ink, QPoint seed) {
  Mask mask(ink.size());
  const QRgb like = reinterpret_cast<const QRgb*>(ink.constScanLine(seed.y()))[seed.x()];
  const auto open = [&](int x, int y) {
    return mask.at(x, y) == 0 &&
           alike(reinterpret_cast<const QRgb*>(ink.constScanLine(y))[x], like);
  };
  std::vector<QPoint> waiting = {seed};
  while (!waiting.empty()) {
    const QPoint at = waiting.back();
    waiting.pop_back();
    if (!open(at.x(), at.y())) continue;
    int left = at.x(), right = at.x();
    while (left > 0 && open(left - 1, at.y())) --left;
    while (right + 1 < mask.width && open(right + 1, at.y())) ++right;
    for (int x = left; x <= right; ++x) mask.at(x, at.y()) = 1;
    for (const int y : {at.y() - 1, at.y() + 1}) {
      if (y < 0 || y >= mask.height) continue;
      for (int x = left; x <= right; ++x) {
        if (open(x, y) && (x == left || !open(x - 1, y))) waiting.emplace_back(x, y);
      }
    }
  }
  return mask;
}

/// Pixels beside those of the last round get the number of this one.
void grow(Mask& mask, uchar round) {
  const std::vector<uchar> before = mask.values;
  const auto was = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < mask.width && y < mask.height &&
           before[static_cast<size_t>(y) * static_cast<size_t>(mask.width) +
                  static_cast<size_t>(x)] != 0;
  };
  for (int y = 0; y < mask.height; ++y) {
    for (int x = 0; x < mask.width; ++x) {
      if (mask.at(x, y) == 0 && (was(x - 1, y) || was(x + 1, y) || was(x, y - 1) || was(x, y + 1)))
        mask.at(x, y) = round;
    }
  }
}

/// `over` lies on `colour`, which is opaque.
QRgb below(QRgb over, QRgb colour) {
  const int rest = 255 - qAlpha(over);
  const auto mixed = [rest](int top, int bottom) { return top + (bottom * rest + 127) / 255; };
  return qRgb(mixed(qRed(over), qRed(colour)), mixed(qGreen(over), qGreen(colour)),
              mixed(qBlue(over), qBlue(colour)));
}

}  // namespace

QRect floodFill(QImage& ink, QPoint seed, const QColor& colour, bool soft) {
  Mask mask = connected(ink, seed);
  for (int round = 0; soft && round < kReach; ++round) grow(mask, static_cast<uchar>(2 + round));
  QRect filled;
  const QRgb opaque = colour.rgb() | 0xff000000U;
  for (int y = 0; y < mask.height; ++y) {
    auto* row = reinterpret_cast<QRgb*>(ink.scanLine(y));
    for (int x = 0; x < mask.width; ++x) {
      const uchar value = mask.at(x, y);
      if (value == 0) continue;
      row[x] = value == 1 ? opaque : below(row[x], opaque);
      filled |= QRect(x, y, 1, 1);
    }
  }
  return filled;
}

}  // namespace imago::gui

#include "gui/widgets/palette.h"

#include <QApplication>
#include <QPalette>
#include <algorithm>
#include <cmath>

namespace imago::gui {

namespace {

constexpr QPalette::ColorRole kRole = QPalette::PlaceholderText;
constexpr double kHintShare = 0.65;  // of the text's colour; the rest is the ground's

QColor mixed(const QColor& over, const QColor& ground, double share) {
  const auto mix = [share](int a, int b) { return static_cast<int>(share * a + (1 - share) * b); };
  return {mix(over.red(), ground.red()), mix(over.green(), ground.green()),
          mix(over.blue(), ground.blue())};
}

/// WCAG 2.2, "relative luminance".
double luminance(const QColor& color) {
  const auto linear = [](double value) {
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) +
         0.0722 * linear(color.blueF());
}

double contrast(const QColor& over, const QColor& ground) {
  const double a = luminance(mixed(over, ground, over.alphaF())), b = luminance(ground);
  return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

}  // namespace

double hintContrast(const QPalette& palette) {
  const QColor hint = palette.color(QPalette::Active, kRole);
  return std::min(contrast(hint, palette.color(QPalette::Active, QPalette::Window)),
                  contrast(hint, palette.color(QPalette::Active, QPalette::Base)));
}

void keepHintsReadable() {
  const QPalette all = QGuiApplication::palette();
  if (hintContrast(all) >= kReadableContrast) return;
  QPalette hints = all;
  for (const auto group : {QPalette::Active, QPalette::Inactive, QPalette::Disabled})
    hints.setColor(group, kRole,
                   mixed(all.color(group, QPalette::WindowText), all.color(group, QPalette::Window),
                         kHintShare));
  if (hintContrast(hints) > hintContrast(all)) QApplication::setPalette(hints);
}

}  // namespace imago::gui

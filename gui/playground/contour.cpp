#include "gui/playground/contour.h"

#include <array>

namespace imago::gui {

namespace {

struct Corner {
  QPointF at;
  float value;
};

/// Where the edge between two corners on different sides of `level` passes it.
QPointF crossing(const Corner& a, const Corner& b, float level) {
  const auto share = static_cast<double>((level - a.value) / (b.value - a.value));
  return a.at + (b.at - a.at) * share;
}

/// `corners` in order around a square.
void add_square(QList<QLineF>& lines, const std::array<Corner, 4>& corners, float level) {
  QList<QPointF> crossings;  // in the order of the edges
  for (size_t i = 0; i < 4; ++i) {
    const Corner &a = corners[i], &b = corners[(i + 1) % 4];
    if ((a.value > level) != (b.value > level)) crossings.append(crossing(a, b, level));
  }
  if (crossings.size() == 2) lines.append({crossings[0], crossings[1]});
  if (crossings.size() != 4) return;
  float mean = 0;
  for (const Corner& corner : corners) mean += corner.value / 4;
  // Lines cut off the corners that are not on the middle's side.
  const bool first = (corners[0].value > level) != (mean > level);
  const qsizetype shift = first ? 3 : 0;
  for (const qsizetype i : {shift, shift + 2})
    lines.append({crossings[i % 4], crossings[(i + 1) % 4]});
}

}  // namespace

QList<QLineF> contour(const QList<float>& values, int side, float level) {
  QList<QLineF> lines;
  const auto corner = [&](int column, int row) {
    return Corner{QPointF(column, row), values[row * side + column]};
  };
  for (int row = 0; row + 1 < side; ++row)
    for (int column = 0; column + 1 < side; ++column)
      add_square(lines,
                 {corner(column, row), corner(column + 1, row), corner(column + 1, row + 1),
                  corner(column, row + 1)},
                 level);
  return lines;
}

}  // namespace imago::gui

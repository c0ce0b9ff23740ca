// Lines of equal value on a grid.
#pragma once

#include <QLineF>
#include <QList>

namespace imago::gui {

/// Where `values` (side * side, row by row; at least 2 * 2) pass `level`, by marching squares with
/// linear interpolation along the edges: pieces of lines in grid units, 0…side - 1. Where a
/// square's corners alternate, the mean of the four decides which of them are joined.
QList<QLineF> contour(const QList<float>& values, int side, float level);

}  // namespace imago::gui

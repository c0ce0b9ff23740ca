// Curves of a run's numbers: smoothed and thinned for a chart.
#pragma once

#include <QList>
#include <QPointF>

namespace imago::gui {

/// The exponential moving average with decay `weight` (0…1), 0: the values themselves,
/// bias-corrected (divided by 1 - weight^n, as Adam's moments). Values that are not finite are left
/// out.
QList<QPointF> smoothed(const QList<QPointF>& points, double weight);

/// At most about `most` points that look the same: of each stretch of steps the first, the lowest,
/// the highest and the last, in order, so that no peak is lost.
QList<QPointF> thinned(const QList<QPointF>& points, int most);

/// Without the points that a logarithmic axis has no place for.
QList<QPointF> positive(const QList<QPointF>& points);

/// A number in as few characters as tell it: 21.3, 0.0124, 1.2e-05.
/// The point nearest to x, of points in the order of their x; not of none.
QPointF nearest(const QList<QPointF>& points, double x);
QString shortNumber(double value);

}  // namespace imago::gui

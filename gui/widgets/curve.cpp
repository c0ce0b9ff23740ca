#include "gui/widgets/curve.h"

#include <QLocale>
#include <algorithm>
#include <cmath>

namespace imago::gui {

QList<QPointF> smoothed(const QList<QPointF>& points, double weight) {
  QList<QPointF> result;
  result.reserve(points.size());
  double sum = 0, share = 0;  // share: what the weights so far add up to
  for (const QPointF& point : points) {
    if (!std::isfinite(point.y())) continue;
    sum = weight * sum + (1 - weight) * point.y();
    share = weight * share + (1 - weight);
    result.append({point.x(), sum / share});
  }
  return result;
}

QList<QPointF> thinned(const QList<QPointF>& points, int most) {
  if (points.size() <= most) return points;
  const qsizetype stretches = std::max(1, most / 4);
  QList<QPointF> result;
  result.reserve(4 * stretches);
  for (qsizetype i = 0; i < stretches; ++i) {
    const qsizetype begin = points.size() * i / stretches;
    const qsizetype end = points.size() * (i + 1) / stretches;
    const auto [low, high] =
        std::minmax_element(points.begin() + begin, points.begin() + end,
                            [](const QPointF& a, const QPointF& b) { return a.y() < b.y(); });
    qsizetype kept[] = {begin, low - points.begin(), high - points.begin(), end - 1};
    std::ranges::sort(kept);
    const auto last = std::unique(std::begin(kept), std::end(kept));
    for (const qsizetype* index = kept; index != last; ++index) result.append(points[*index]);
  }
  return result;
}

QList<QPointF> positive(const QList<QPointF>& points) {
  QList<QPointF> result;
  std::ranges::copy_if(points, std::back_inserter(result),
                       [](const QPointF& point) { return point.y() > 0; });
  return result;
}

QPointF nearest(const QList<QPointF>& points, double x) {
  const auto after = std::ranges::lower_bound(points, x, {}, &QPointF::x);
  if (after == points.end()) return points.last();
  if (after == points.begin()) return points.first();
  const auto before = after - 1;
  return x - before->x() < after->x() - x ? *before : *after;
}

QString shortNumber(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "NaN" : value < 0 ? "-∞" : "∞";
  return QLocale().toString(value, 'g', 3);
}

}  // namespace imago::gui

#include "gui/widgets/divider.h"

#include <QPainter>

namespace imago::gui {

namespace {
constexpr int kMargin = 12;
}  // namespace

void paintDivider(QPainter& painter, const QRectF& area, double x) {
  const double y = area.center().y(), radius = 13;
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(QColor(0, 0, 0, 90), 4));
  painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
  painter.setPen(QPen(Qt::white, 2));
  painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
  painter.setPen(QPen(QColor(0, 0, 0, 90), 1));
  painter.setBrush(Qt::white);
  painter.drawEllipse(QPointF(x, y), radius, radius);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(QColor(0x33, 0x33, 0x33), 1.8, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  for (const double side : {-1.0, 1.0}) {
    const QPointF arrow[] = {{x + side * 3.5, y - 4}, {x + side * 7.5, y}, {x + side * 3.5, y + 4}};
    painter.drawPolyline(arrow, 3);
  }
}

void paintPictureName(QPainter& painter, const QRectF& area, const QString& text, bool left) {
  const QFontMetrics metrics = painter.fontMetrics();
  const QSizeF size(metrics.horizontalAdvance(text) + 18, metrics.height() + 8);
  if (area.width() < size.width() + 2 * kMargin) return;
  const double x = left ? area.left() + kMargin : area.right() - kMargin - size.width();
  const QRectF pill(QPointF(x, area.top() + kMargin), size);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(QColor(0, 0, 0, 150));
  painter.drawRoundedRect(pill, size.height() / 2, size.height() / 2);
  painter.setPen(Qt::white);
  painter.drawText(pill, Qt::AlignCenter, text);
}

}  // namespace imago::gui

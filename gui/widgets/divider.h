// What two pictures in one place are told apart by.
#pragma once

#include <QRectF>
#include <QString>

class QPainter;

namespace imago::gui {

/// A line down `area` at x, with a grip to drag it by.
void paintDivider(QPainter& painter, const QRectF& area, double x);

/// `text` on a dark ground in the upper left or right corner of `area`; nothing where there is too
/// little room.
void paintPictureName(QPainter& painter, const QRectF& area, const QString& text, bool left);

}  // namespace imago::gui

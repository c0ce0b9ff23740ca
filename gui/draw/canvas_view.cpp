#include "gui/draw/canvas_view.h"

#include <QMouseEvent>
#include <QPainter>
#include <QTabletEvent>
#include <algorithm>
#include <cmath>

namespace imago::gui {

CanvasView::CanvasView(DrawDocument& document, QWidget* parent)
    : PictureView(parent), document_(document) {
  setObjectName("canvas");
  setAccessibleName(tr("Drawing"));
  setAccessibleDescription(tr(
      "P, E, L, R and F choose pen, eraser, line, rectangle and fill; the brackets make the line "
      "thinner and thicker."));
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setCursor(Qt::CrossCursor);
}

void CanvasView::setTool(Tool tool) {
  if (brush_.tool == tool) return;
  brush_.tool = tool;
  updateCursor();
  emit brushChanged();
}

void CanvasView::setColour(const QColor& colour) {
  if (brush_.colour == colour) return;
  brush_.colour = colour;
  emit brushChanged();
}

void CanvasView::setWidth(double width) {
  width = std::clamp(width, kThinnest, kThickest);
  if (brush_.width == width) return;
  updateCursor();
  brush_.width = width;
  updateCursor();
  emit brushChanged();
}

void CanvasView::setPhoto(const QImage& photo) {
  photo_ = photo;
  update();
}

void CanvasView::setPhotoOpacity(double opacity) {
  photoOpacity_ = opacity;
  update();
}

/// Nothing has been drawn or opened, so it is said what to do.
bool CanvasView::isUntouched() const {
  return photo_.isNull() && !document_.canUndo() && !document_.isDrawing() && document_.isEmpty();
}

void CanvasView::refresh() {
  if (hintShown_ != isUntouched()) update();
  const QRect part = document_.takeChanged();
  if (part.isEmpty()) return;
  const QRectF area(toWidget(part.topLeft()), toWidget(part.bottomRight() + QPoint(1, 1)));
  // One pixel of the picture more, as enlarging blends neighbours.
  const double more = std::ceil(pictureRect().width() / document_.size().width()) + 1;
  update(area.adjusted(-more, -more, more, more).toAlignedRect());
  emit changed();
}

void CanvasView::abandon() {
  document_.abandon();
  refresh();
  emit strokeChanged();
}

void CanvasView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paintGround(painter);
  const QRectF area = pictureRect();
  const QColor paper = document_.shownPaper();
  painter.fillRect(area, paper);
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  if (!photo_.isNull() && photoOpacity_ > 0) {
    painter.setOpacity(photoOpacity_);
    QRectF place(QPointF(), QSizeF(photo_.size()).scaled(area.size(), Qt::KeepAspectRatio));
    place.moveCenter(area.center());
    painter.drawImage(place, photo_);
    painter.setOpacity(1);
  }
  painter.drawImage(area, document_.shownInk());
  hintShown_ = isUntouched();
  if (hintShown_) {
    painter.setPen(paper.lightness() > 127 ? QColor(0, 0, 0, 110) : QColor(255, 255, 255, 150));
    paintHint(painter, tr("Draw here"));
  }
  if (cursorShown_ && brush_.tool != Tool::fill && brush_.tool != Tool::rectangle) {
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF ring = cursorRect();
    painter.setPen(QPen(QColor(255, 255, 255, 160), 2.5));
    painter.drawEllipse(ring);
    painter.setPen(QPen(QColor(0, 0, 0, 180), 1));
    painter.drawEllipse(ring);
  }
}

QRectF CanvasView::cursorRect() const {
  const double scale = pictureRect().width() / std::max(1, document_.size().width());
  const double radius = std::max(1.5, brush_.width * scale / 2);
  return {cursor_.x() - radius, cursor_.y() - radius, 2 * radius, 2 * radius};
}

void CanvasView::updateCursor() {
  if (cursorShown_) update(cursorRect().adjusted(-3, -3, 3, 3).toAlignedRect());
}

void CanvasView::showCursor(QPointF at) {
  updateCursor();
  cursor_ = at;
  cursorShown_ = true;
  updateCursor();
}

void CanvasView::leaveEvent(QEvent*) {
  updateCursor();
  cursorShown_ = false;
}

void CanvasView::press(QPointF at, double pressure, bool erase) {
  Brush brush = brush_;
  if (erase) brush.tool = Tool::eraser;
  document_.begin(brush, toPicture(at), pressure);
  emit strokeChanged();
  refresh();
}

void CanvasView::move(QPointF at, double pressure) {
  document_.extend(toPicture(at), pressure);
  refresh();
}

void CanvasView::release() {
  document_.finish();
  refresh();
  emit strokeChanged();
}

void CanvasView::mousePressEvent(QMouseEvent* event) {
  if (document_.isDrawing()) return;
  if (event->button() != Qt::LeftButton && event->button() != Qt::RightButton) return;
  press(event->position(), 1, event->button() == Qt::RightButton);
}

void CanvasView::mouseMoveEvent(QMouseEvent* event) {
  showCursor(event->position());
  if (document_.isDrawing()) move(event->position(), 1);
}

void CanvasView::mouseReleaseEvent(QMouseEvent* event) {
  if (!document_.isDrawing() || (event->buttons() & (Qt::LeftButton | Qt::RightButton))) return;
  move(event->position(), 1);
  release();
}

void CanvasView::tabletEvent(QTabletEvent* event) {
  const bool eraser = event->pointerType() == QPointingDevice::PointerType::Eraser;
  switch (event->type()) {
    case QEvent::TabletPress:
      if (event->button() != Qt::LeftButton) return event->ignore();
      press(event->position(), event->pressure(), eraser);
      break;
    case QEvent::TabletMove:
      showCursor(event->position());
      if (document_.isDrawing()) move(event->position(), event->pressure());
      break;
    case QEvent::TabletRelease:
      if (document_.isDrawing()) release();
      break;
    default:
      return event->ignore();
  }
  event->accept();  // else a mouse would do the same once more
}

}  // namespace imago::gui

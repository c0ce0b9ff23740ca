#include "gui/draw/picture_view.h"

#include <QPainter>
#include <algorithm>
#include <utility>

namespace imago::gui {

PictureView::PictureView(QWidget* parent) : QWidget(parent) {
  setMinimumSize(200, 200);
  setAttribute(Qt::WA_OpaquePaintEvent);  // paintGround
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

QRectF PictureView::pictureRect() const {
  const QSizeF room = size(), picture = pictureSize();
  if (picture.isEmpty()) return {};
  const QSizeF shown = picture.scaled(room, Qt::KeepAspectRatio);
  return {QPointF((room.width() - shown.width()) / 2, (room.height() - shown.height()) / 2), shown};
}

QPointF PictureView::toPicture(QPointF inWidget) const {
  const QRectF area = pictureRect();
  if (area.isEmpty()) return {};
  return (inWidget - area.topLeft()) * (pictureSize().width() / area.width());
}

QPointF PictureView::toWidget(QPointF inPicture) const {
  const QRectF area = pictureRect();
  return area.topLeft() + inPicture * (area.width() / std::max(1, pictureSize().width()));
}

void PictureView::paintGround(QPainter& painter) const {
  painter.fillRect(rect(), palette().color(QPalette::Active, QPalette::Window).darker(115));
}

void PictureView::paintHint(QPainter& painter, const QString& text) const {
  painter.drawText(rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap, text);
}

ResultView::ResultView(QWidget* parent) : PictureView(parent) {
  setObjectName("drawResult");
  setAccessibleName(tr("What the model makes of the drawing"));
}

void ResultView::setPicture(const QImage& picture, std::optional<Time> drawn) {
  const bool alike = picture.size() == picture_.size();
  picture_ = picture;
  // One that was never painted is shown with this one.
  if (!drawn_) drawn_ = drawn;
  update(alike ? pictureRect().toAlignedRect() : rect());
}

void ResultView::setHint(const QString& hint) {
  hint_ = hint;
  update();
}

void ResultView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  paintGround(painter);
  if (picture_.isNull()) {
    painter.setPen(palette().color(QPalette::PlaceholderText));
    paintHint(painter, hint_);
    return;
  }
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  painter.drawImage(pictureRect(), picture_);
  const std::optional<Time> drawn = std::exchange(drawn_, std::nullopt);
  if (!drawn) return;
  const std::chrono::duration<double, std::milli> since = std::chrono::steady_clock::now() - *drawn;
  emit shown(since.count());
}

}  // namespace imago::gui

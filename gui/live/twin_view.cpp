#include "gui/live/twin_view.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <utility>

#include "gui/widgets/divider.h"

namespace imago::gui {

namespace {
constexpr double kGap = 10;     // between two pictures side by side
constexpr double kStep = 0.02;  // of a key
}  // namespace

TwinView::TwinView(QWidget* parent) : QWidget(parent) {
  setObjectName("liveView");
  setMinimumSize(320, 200);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setFocusPolicy(Qt::StrongFocus);
  setAttribute(Qt::WA_OpaquePaintEvent);
  setAccessibleName(tr("The source and what the model makes of it"));
  setAccessibleDescription(tr("Left and Right move the divider."));
}

void TwinView::setLayout(Layout layout) {
  layout_ = layout;
  setCursor(layout == Layout::divided ? Qt::SplitHCursor : Qt::ArrowCursor);
  update();
}

void TwinView::setPictures(const QImage& before, const QImage& after,
                           std::chrono::steady_clock::time_point taken) {
  before_ = before;
  after_ = after;
  taken_ = taken;
  fresh_ = true;
  update();
}

void TwinView::clear() {
  before_ = after_ = {};
  fresh_ = false;
  update();
}

void TwinView::setHint(const QString& hint) {
  hint_ = hint;
  update();
}

void TwinView::setDivider(double fraction) {
  divider_ = std::clamp(fraction, 0.0, 1.0);
  update();
}

/// By the shape of what the model makes: it says the size.
QRectF TwinView::rectIn(const QRectF& room) const {
  const QSizeF shown = QSizeF(after_.size()).scaled(room.size(), Qt::KeepAspectRatio);
  QRectF place(QPointF(), shown);
  place.moveCenter(room.center());
  return place.toAlignedRect();
}

QRectF TwinView::beforeRect() const {
  if (layout_ == Layout::divided) return rectIn(rect());
  return rectIn(QRectF(0, 0, (width() - kGap) / 2, height()));
}

QRectF TwinView::afterRect() const {
  if (layout_ == Layout::divided) return rectIn(rect());
  const double half = (width() - kGap) / 2;
  return rectIn(QRectF(width() - half, 0, half, height()));
}

void TwinView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), palette().color(QPalette::Active, QPalette::Window).darker(115));
  if (after_.isNull()) {
    painter.setPen(palette().color(QPalette::PlaceholderText));
    painter.drawText(rect().adjusted(24, 24, -24, -24), Qt::AlignCenter | Qt::TextWordWrap, hint_);
    return;
  }
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  QRectF left = beforeRect(), right = afterRect();
  painter.drawImage(right, after_);
  const double x = left.left() + divider_ * left.width();
  if (layout_ == Layout::divided) {
    left.setRight(x);
    right.setLeft(x);
    painter.setClipRect(left);
  }
  painter.drawImage(beforeRect(), before_);
  painter.setClipping(false);
  paintPictureName(painter, left, tr("Source"), true);
  paintPictureName(painter, right, tr("Result"), false);
  if (layout_ == Layout::divided) paintDivider(painter, afterRect(), x);
  if (!std::exchange(fresh_, false)) return;
  const std::chrono::duration<double, std::milli> since = std::chrono::steady_clock::now() - taken_;
  emit shown(since.count());
}

void TwinView::dragTo(double x) {
  const QRectF place = afterRect();
  if (layout_ == Layout::divided && place.width() > 0)
    setDivider((x - place.left()) / place.width());
}

void TwinView::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) dragTo(event->position().x());
}

void TwinView::mouseMoveEvent(QMouseEvent* event) {
  if (event->buttons() & Qt::LeftButton) dragTo(event->position().x());
}

void TwinView::keyPressEvent(QKeyEvent* event) {
  const bool left = event->key() == Qt::Key_Left, right = event->key() == Qt::Key_Right;
  if (layout_ != Layout::divided || (!left && !right)) return QWidget::keyPressEvent(event);
  setDivider(divider_ + (left ? -kStep : kStep));
}

}  // namespace imago::gui

// The ways in which the compare view shows two pictures.
#include <QPainter>
#include <QPainterPath>
#include <algorithm>

#include "gui/translate/compare_view.h"
#include "gui/widgets/divider.h"

namespace imago::gui {

namespace {

constexpr int kAmplified = 4;  // so that differences of a few levels can be seen
constexpr double kLensRadius = 96;

/// The absolute difference of two pictures of one size, amplified.
QPixmap differenceOf(const QPixmap& one, const QPixmap& other) {
  QImage image = one.toImage().convertToFormat(QImage::Format_RGB32);
  image.setDevicePixelRatio(1);
  QImage second = other.toImage();
  second.setDevicePixelRatio(1);
  QPainter painter(&image);
  painter.setCompositionMode(QPainter::CompositionMode_Difference);
  painter.drawImage(0, 0, second);
  painter.end();
  for (int y = 0; y < image.height(); ++y) {
    auto* row = reinterpret_cast<QRgb*>(image.scanLine(y));
    for (int x = 0; x < image.width(); ++x) {
      const auto more = [](int value) { return std::min(kAmplified * value, 255); };
      row[x] = qRgb(more(qRed(row[x])), more(qGreen(row[x])), more(qBlue(row[x])));
    }
  }
  QPixmap pixmap = QPixmap::fromImage(image);
  pixmap.setDevicePixelRatio(one.devicePixelRatio());
  return pixmap;
}

}  // namespace

void CompareView::setMode(Mode mode) {
  mode_ = mode;
  firstsTurn_ = false;
  mode == Mode::flicker ? turns_.start() : turns_.stop();
  unsetCursor();
  refresh();
  if (fit_) emit zoomChanged(zoom());
}

void CompareView::setLabels(const QString& first, const QString& second) {
  firstLabel_ = first;
  secondLabel_ = second;
  update();
}

QSizeF CompareView::paneSize() const {
  if (mode_ != Mode::sideBySide || !hasBoth()) return size();
  return QSizeF(width() / 2, height());  // whole pixels
}

QPointF CompareView::inPane(const QPointF& position) const {
  const double pane = paneSize().width();
  return position.x() < pane || pane >= width() ? position : position - QPointF(pane, 0);
}

void CompareView::paintBoth(QPainter& painter) {
  const double pane = paneSize().width();
  const QRectF visible = visibleRect();
  switch (mode_) {
    case Mode::slider: {
      painter.drawPixmap(0, 0, afterPixmap_);
      painter.setClipRect(QRectF(0, 0, dividerX(), height()));
      painter.drawPixmap(0, 0, beforePixmap_);
      painter.setClipping(false);
      QRectF left = visible, right = visible;
      left.setRight(dividerX());
      right.setLeft(dividerX());
      paintPictureName(painter, left, firstLabel_, true);
      paintPictureName(painter, right, secondLabel_, false);
      paintDivider(painter, visible, dividerX());
      break;
    }
    case Mode::sideBySide:
      painter.drawPixmap(QPointF(0, 0), beforePixmap_);
      painter.drawPixmap(QPointF(pane, 0), afterPixmap_);
      painter.fillRect(QRectF(2 * pane, 0, width() - 2 * pane, height()), palette().window());
      painter.fillRect(QRectF(pane - 1, 0, 2, height()), palette().window());
      paintPictureName(painter, visible, firstLabel_, true);
      paintPictureName(painter, visible.translated(pane, 0), secondLabel_, true);
      break;
    case Mode::flicker:
      painter.drawPixmap(0, 0, firstsTurn_ ? beforePixmap_ : afterPixmap_);
      paintPictureName(painter, visible, firstsTurn_ ? firstLabel_ : secondLabel_, firstsTurn_);
      break;
    case Mode::difference:
      if (differencePixmap_.isNull()) differencePixmap_ = differenceOf(beforePixmap_, afterPixmap_);
      painter.drawPixmap(0, 0, differencePixmap_);
      paintPictureName(painter, visible, tr("Difference × %1").arg(kAmplified), true);
      break;
    case Mode::lens:
      paintLens(painter);
      break;
  }
}

void CompareView::paintLens(QPainter& painter) const {
  painter.drawPixmap(0, 0, afterPixmap_);
  if (!underMouse()) {
    paintPictureName(painter, visibleRect(), secondLabel_, false);
    return;
  }
  QPainterPath circle;
  circle.addEllipse(lastPosition_, kLensRadius, kLensRadius);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setClipPath(circle);
  painter.drawPixmap(0, 0, beforePixmap_);
  painter.setClipping(false);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(QColor(0, 0, 0, 90), 4));
  painter.drawPath(circle);
  painter.setPen(QPen(Qt::white, 2));
  painter.drawPath(circle);
  paintPictureName(painter, visibleRect(), firstLabel_, true);
}

}  // namespace imago::gui

#include "gui/translate/compare_view.h"

#include <QApplication>
#include <QEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "gui/widgets/divider.h"
#include "gui/widgets/icons.h"

namespace imago::gui {

namespace {

constexpr double kStep = 1.25;     // of + and -
constexpr double kLargest = 32;    // painted pixels per pixel
constexpr double kLargestFit = 8;  // a tiny picture is not blown up beyond this
constexpr double kSharpFrom = 4;   // from here on single pixels are what one wants to see
constexpr double kGrip = 10;       // reach of the divider, in the widget's pixels
constexpr int kMargin = 12;

/// A little darker than the window, so that the picture stands out and nothing glares.
QColor ground(const QPalette& palette) {
  return palette.color(QPalette::Active, QPalette::Window).darker(115);
}

void fillCheckerboard(QPainter& painter, const QRectF& area) {
  painter.fillRect(area, QColor(0xcc, 0xcc, 0xcc));
  painter.fillRect(area, QBrush(QColor(0xaa, 0xaa, 0xaa), Qt::Dense4Pattern));
}

}  // namespace

CompareView::CompareView(QWidget* parent) : QWidget(parent) {
  setObjectName("compareView");
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setMinimumSize(240, 180);
  setAttribute(Qt::WA_OpaquePaintEvent);
  setAccessibleName(tr("Photo before and after"));
  setLabels(tr("Before"), tr("After"));
  constexpr int kTurnMs = 600;
  turns_.setInterval(kTurnMs);
  connect(&turns_, &QTimer::timeout, this, [this] {
    firstsTurn_ = !firstsTurn_;
    update();
  });
  setAccessibleDescription(
      tr("Left and Right move the divider, Shift with the arrow keys moves the picture, plus and "
         "minus zoom."));
}

void CompareView::setPictures(const Pyramid& before, const Pyramid& after) {
  const QSize old = pictureSize();
  before_ = before;
  after_ = after;
  const QSize now = pictureSize();
  if (!fit_ && !old.isEmpty() && !now.isEmpty() && old != now) {
    const double factor = double(now.width()) / old.width();
    zoom_ /= factor;
    centre_ *= factor;
  }
  if (now.isEmpty()) fit_ = true;
  refresh();
  emit zoomChanged(zoom());
}

void CompareView::clear() {
  fit_ = true;
  setNotice({});
  setPictures({}, {});
}

void CompareView::setNotice(const QString& notice) {
  notice_ = notice;
  update();
}

QSize CompareView::pictureSize() const { return after_.isNull() ? before_.size() : after_.size(); }

double CompareView::fitZoom() const {
  const QSize picture = pictureSize();
  if (picture.isEmpty()) return 1;
  const QSizeF view = paneSize() * devicePixelRatioF();
  return std::min({view.width() / picture.width(), view.height() / picture.height(), kLargestFit});
}

double CompareView::zoom() const { return fit_ ? fitZoom() : zoom_; }

QPointF CompareView::centre() const {
  const QSizeF picture = pictureSize();
  const QPointF middle(picture.width() / 2, picture.height() / 2);
  if (fit_) return middle;
  // The picture never leaves the view further than its own edge.
  const double scale = zoom_ / devicePixelRatioF();
  const auto keep = [&](double value, double side, double view) {
    const double half = view / scale / 2;
    return 2 * half >= side ? side / 2 : std::clamp(value, half, side - half);
  };
  const QSizeF pane = paneSize();
  return {keep(centre_.x(), picture.width(), pane.width()),
          keep(centre_.y(), picture.height(), pane.height())};
}

QRectF CompareView::pictureRect() const {
  const double ratio = devicePixelRatioF();
  const QSizeF picture = QSizeF(pictureSize()) * zoom() / ratio;
  const QSizeF pane = paneSize();
  const QPointF origin = QPointF(pane.width(), pane.height()) / 2 - centre() * zoom() / ratio;
  // On whole device pixels, so that 1:1 shows the picture's pixels and not a blend of them.
  return {QPointF(std::round(origin.x() * ratio) / ratio, std::round(origin.y() * ratio) / ratio),
          picture};
}

QRectF CompareView::visibleRect() const { return pictureRect() & QRectF(QPointF(), paneSize()); }

double CompareView::dividerX() const {
  const QRectF visible = visibleRect();
  return visible.left() + divider_ * visible.width();
}

void CompareView::setDivider(double fraction) {
  divider_ = std::clamp(fraction, 0.0, 1.0);
  update();
}

void CompareView::moveDivider(double x) {
  const QRectF visible = visibleRect();
  if (visible.width() > 0) setDivider((x - visible.left()) / visible.width());
}

bool CompareView::canPan() const {
  const QRectF picture = pictureRect();
  return picture.width() > paneSize().width() + 1 || picture.height() > paneSize().height() + 1;
}

bool CompareView::nearDivider(const QPointF& position) const {
  return hasBoth() && mode_ == Mode::slider && std::abs(position.x() - dividerX()) <= kGrip;
}

void CompareView::setZoom(double zoom, const QPointF& anchor) {
  if (pictureSize().isEmpty()) return;
  const double smallest = std::min(fitZoom(), 0.05);
  const double ratio = devicePixelRatioF();
  const QPointF offset = inPane(anchor) - QPointF(paneSize().width(), paneSize().height()) / 2;
  const QPointF point = centre() + offset * ratio / this->zoom();
  zoom_ = std::clamp(zoom, smallest, kLargest);
  centre_ = point - offset * ratio / zoom_;
  fit_ = false;
  centre_ = centre();
  refresh();
  emit zoomChanged(zoom_);
}

void CompareView::zoomIn() { setZoom(zoom() * kStep, QRectF({}, paneSize()).center()); }
void CompareView::zoomOut() { setZoom(zoom() / kStep, QRectF({}, paneSize()).center()); }
void CompareView::zoomToPixels() { setZoom(1, QRectF({}, paneSize()).center()); }

void CompareView::zoomToFit() {
  fit_ = true;
  refresh();
  emit zoomChanged(zoom());
}

void CompareView::pan(const QPointF& delta) {
  if (fit_) return;
  centre_ = centre() - delta * devicePixelRatioF() / zoom_;
  centre_ = centre();
  refresh();
}

void CompareView::refresh() {
  beforePixmap_ = {};
  afterPixmap_ = {};
  differencePixmap_ = {};
  update();
}

void CompareView::wheelEvent(QWheelEvent* event) {
  // Smooth wheels and touch pads send fractions of a notch (120).
  const double notches = event->angleDelta().y() / 120.0;
  if (notches != 0) setZoom(zoom() * std::pow(kStep, notches), event->position());
  event->accept();
}

void CompareView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton) return;
  lastPosition_ = event->position();
  const bool both = hasBoth() && mode_ == Mode::slider;
  const bool left = event->button() == Qt::LeftButton;
  if (left && (nearDivider(lastPosition_) || (both && !canPan()))) {
    drag_ = Drag::divider;
    moveDivider(lastPosition_.x());
  } else if (canPan()) {
    drag_ = Drag::pan;
  }
  updateCursor(lastPosition_);
}

void CompareView::mouseMoveEvent(QMouseEvent* event) {
  const QPointF position = event->position();
  if (drag_ == Drag::divider) moveDivider(position.x());
  if (drag_ == Drag::pan) pan(position - lastPosition_);
  lastPosition_ = position;
  if (mode_ == Mode::lens) update();
  updateCursor(position);
}

void CompareView::mouseReleaseEvent(QMouseEvent* event) {
  drag_ = Drag::none;
  updateCursor(event->position());
}

void CompareView::mouseDoubleClickEvent(QMouseEvent* event) {
  if (nearDivider(event->position())) {
    setDivider(0.5);
  } else if (fit_) {
    setZoom(1, event->position());
  } else {
    zoomToFit();
  }
}

void CompareView::updateCursor(const QPointF& position) {
  if (drag_ == Drag::divider || (drag_ == Drag::none && nearDivider(position))) {
    setCursor(Qt::SplitHCursor);
  } else if (drag_ == Drag::pan) {
    setCursor(Qt::ClosedHandCursor);
  } else if (canPan()) {
    setCursor(Qt::OpenHandCursor);
  } else {
    unsetCursor();
  }
}

void CompareView::keyPressEvent(QKeyEvent* event) {
  const bool shift = event->modifiers() & Qt::ShiftModifier;
  const double step = 48;
  switch (event->key()) {
    case Qt::Key_Left:
      return shift ? pan({step, 0}) : setDivider(divider_ - 0.02);
    case Qt::Key_Right:
      return shift ? pan({-step, 0}) : setDivider(divider_ + 0.02);
    case Qt::Key_Up:
      if (shift) return pan({0, step});
      break;
    case Qt::Key_Down:
      if (shift) return pan({0, -step});
      break;
    default:
      break;
  }
  QWidget::keyPressEvent(event);
}

void CompareView::leaveEvent(QEvent* event) {
  QWidget::leaveEvent(event);
  if (mode_ == Mode::lens) update();
}

void CompareView::resizeEvent(QResizeEvent*) {
  refresh();
  if (fit_) emit zoomChanged(zoom());
}

void CompareView::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) refresh();
  QWidget::changeEvent(event);
}

QPixmap CompareView::render(const Pyramid& picture) const {
  const double ratio = devicePixelRatioF();
  QPixmap pixmap((paneSize() * ratio).toSize());
  pixmap.setDevicePixelRatio(ratio);
  pixmap.fill(ground(palette()));
  const QRectF whole = pictureRect(), visible = visibleRect();
  if (visible.isEmpty()) return pixmap;

  // Painted pixels per pixel of this picture, which may be smaller than the one it is laid over.
  const double scale = whole.width() * ratio / picture.size().width();
  const QImage& level = picture.levelFor(scale);
  const double perX = level.width() / whole.width(), perY = level.height() / whole.height();
  const QRectF wanted((visible.left() - whole.left()) * perX, (visible.top() - whole.top()) * perY,
                      visible.width() * perX, visible.height() * perY);
  // Only the visible part is touched, widened to whole pixels and one more for smooth edges.
  const QRect part = wanted.toAlignedRect().adjusted(-1, -1, 1, 1) & level.rect();
  const QImage pixels = level.copy(part).convertToFormat(
      level.hasAlphaChannel() ? QImage::Format_ARGB32_Premultiplied : QImage::Format_RGB32);
  QPainter painter(&pixmap);
  painter.setClipRect(visible);
  if (level.hasAlphaChannel()) fillCheckerboard(painter, visible);
  painter.setRenderHint(QPainter::SmoothPixmapTransform, zoom() < kSharpFrom);
  painter.drawImage(QRectF(whole.left() + part.left() / perX, whole.top() + part.top() / perY,
                           part.width() / perX, part.height() / perY),
                    pixels);
  return pixmap;
}

void CompareView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  if (pictureSize().isEmpty()) {
    painter.fillRect(rect(), ground(palette()));
    paintNotice(painter);
    return;
  }
  if (!before_.isNull() && beforePixmap_.isNull()) beforePixmap_ = render(before_);
  if (!after_.isNull() && afterPixmap_.isNull()) afterPixmap_ = render(after_);
  if (after_.isNull() || before_.isNull()) {
    painter.drawPixmap(0, 0, after_.isNull() ? beforePixmap_ : afterPixmap_);
  } else {
    paintBoth(painter);
  }
  paintNotice(painter);
  if (hasFocus()) {
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(palette().color(QPalette::Highlight), 1));
    painter.drawRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5));
  }
}

void CompareView::paintNotice(QPainter& painter) const {
  if (notice_.isEmpty()) return;
  const int icon = fontMetrics().height() + 4;
  const QRect room = rect().adjusted(kMargin * 2, kMargin, -kMargin * 2, -kMargin * 2);
  const QRect text = fontMetrics().boundingRect(room.adjusted(icon + 22, 0, -12, 0),
                                                Qt::TextWordWrap | Qt::AlignLeft, notice_);
  QRectF box(0, 0, text.width() + icon + 34, std::max(text.height(), icon) + 16);
  box.moveCenter(QPointF(room.center().x(), 0));
  if (pictureSize().isEmpty()) {
    box.moveCenter(room.center());
  } else {
    box.moveBottom(room.bottom());
  }
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(QColor(0, 0, 0, 190));
  painter.drawRoundedRect(box, 8, 8);
  paintGlyph(painter, Glyph::warning,
             QRectF(box.left() + 10, box.center().y() - icon / 2.0, icon, icon),
             QColor(0xff, 0x8a, 0x80));
  painter.setPen(Qt::white);
  painter.drawText(box.adjusted(icon + 20, 8, -8, -8), Qt::TextWordWrap | Qt::AlignVCenter,
                   notice_);
}

}  // namespace imago::gui

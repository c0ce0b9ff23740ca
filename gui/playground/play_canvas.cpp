#include "gui/playground/play_canvas.h"

#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "gui/playground/contour.h"

namespace imago::gui {

namespace {

constexpr double kDrawSpacing = 0.03;  // of places along a stroke
constexpr qsizetype kMostPlaces = 5000;
constexpr double kArrow = 0.06;     // the longest arrow, as a share of the square
constexpr qsizetype kArrows = 160;  // more would hide each other

bool is_dark(const QPalette& palette) {
  return palette.color(QPalette::Base).lightness() < palette.color(QPalette::Text).lightness();
}

QColor mixed(const QColor& a, const QColor& b, double share) {
  const auto part = [&](int x, int y) {
    return static_cast<int>(std::lround(x + (y - x) * share));
  };
  return {part(a.red(), b.red()), part(a.green(), b.green()), part(a.blue(), b.blue())};
}

}  // namespace

QColor realColor(const QPalette& palette) {
  return is_dark(palette) ? QColor(0x6c, 0xb4, 0xff) : QColor(0x00, 0x4c, 0x9e);
}

QColor fakeColor(const QPalette& palette) {
  return is_dark(palette) ? QColor(0xff, 0x7b, 0x6b) : QColor(0xb3, 0x1b, 0x0e);
}

PlayCanvas::PlayCanvas(QWidget* parent) : QWidget(parent) {
  setAccessibleName(tr("The plane in which the two networks learn"));
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

bool PlayCanvas::isDark() const { return is_dark(palette()); }

void PlayCanvas::setScene(const std::shared_ptr<const PlayScene>& scene) {
  scene_ = scene;
  update();
}

void PlayCanvas::setLayers(const Layers& layers) {
  if (layers_ == layers) return;
  layers_ = layers;
  update();
}

void PlayCanvas::setDrawing(bool on, const QList<QPointF>& drawn) {
  drawing_ = on;
  if (!stroke_) drawn_ = drawn;
  setCursor(on ? Qt::CrossCursor : Qt::ArrowCursor);
  update();
}

QRectF PlayCanvas::square() const {
  const double side = std::min(width(), height());
  return {(width() - side) / 2.0, (height() - side) / 2.0, side, side};
}

QPointF PlayCanvas::toScreen(const QPointF& place, const QRectF& square) const {
  const double extent = scene_ ? scene_->extent : 1.25;
  return {square.center().x() + place.x() / extent * square.width() / 2,
          square.center().y() - place.y() / extent * square.height() / 2};
}

QImage PlayCanvas::picture(int side) const {
  QImage image(side, side, QImage::Format_RGB32);
  image.fill(palette().color(QPalette::Base));
  QPainter painter(&image);
  painter.setRenderHint(QPainter::Antialiasing);
  // Lines and points as thick as on a square of the usual size.
  const double scale = side / 520.0;
  painter.scale(scale, scale);
  paintScene(painter, QRectF(0, 0, 520, 520));
  return image;
}

void PlayCanvas::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setClipRect(square());
  painter.fillRect(square(), palette().color(QPalette::Base));
  paintScene(painter, square());
  if (drawing_) paintDrawn(painter, square());
  painter.setClipping(false);
  QColor frame = palette().color(QPalette::Text);
  frame.setAlphaF(0.25f);
  painter.setPen(frame);
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(square().adjusted(0.5, 0.5, -0.5, -0.5));
  if (scene_) emit painted();
}

void PlayCanvas::paintScene(QPainter& painter, const QRectF& square) const {
  if (!scene_) return;
  if (layers_.field) paintField(painter, square);
  if (layers_.grid) paintGrid(painter, square);
  if (layers_.arrows) paintArrows(painter, square);
  if (layers_.points) paintPoints(painter, square);
}

void PlayCanvas::paintField(QPainter& painter, const QRectF& square) const {
  const int side = scene_->fieldSide;
  if (side < 2) return;
  // Grey enough for the white line to be seen on it.
  const QColor middle = isDark() ? palette().color(QPalette::Base) : QColor(0xdc, 0xdd, 0xe2);
  const QColor real = isDark() ? QColor(0x1d, 0x5c, 0xa8) : QColor(0x6b, 0xa7, 0xe8);
  const QColor fake = isDark() ? QColor(0xa0, 0x35, 0x2b) : QColor(0xf0, 0x8a, 0x7e);
  QImage field(side, side, QImage::Format_RGB32);
  for (int row = 0; row < side; ++row)
    for (int column = 0; column < side; ++column) {
      const auto belief = static_cast<double>(scene_->field[(side - 1 - row) * side + column]);
      const double sure = std::min(1.0, std::abs(2 * belief - 1));
      field.setPixelColor(column, row, mixed(middle, belief > 0.5 ? real : fake, sure));
    }
  painter.setRenderHint(QPainter::SmoothPixmapTransform);
  // The outermost values are those of the square's edge itself.
  const double half = square.width() / (side - 1) / 2;
  painter.save();
  painter.setClipRect(square, Qt::IntersectClip);
  painter.drawImage(square.adjusted(-half, -half, half, half), field);
  const double step = square.width() / (side - 1);
  QList<QLineF> lines = contour(scene_->field, side, 0.5f);
  for (QLineF& line : lines)
    line = {square.left() + line.x1() * step, square.bottom() - line.y1() * step,
            square.left() + line.x2() * step, square.bottom() - line.y2() * step};
  painter.setPen(QPen(QColor(0, 0, 0, 70), 4.5, Qt::SolidLine, Qt::RoundCap));
  painter.drawLines(lines);
  painter.setPen(QPen(Qt::white, 2.5, Qt::SolidLine, Qt::RoundCap));
  painter.drawLines(lines);
  painter.restore();
}

void PlayCanvas::paintGrid(QPainter& painter, const QRectF& square) const {
  const int side = scene_->gridSide;
  if (side < 2) return;
  QColor color = palette().color(QPalette::Text);
  color.setAlphaF(0.55f);
  painter.setPen(QPen(color, 1));
  const int rows = static_cast<int>(scene_->grid.size()) / side;
  QList<QLineF> lines;
  const auto at = [&](int column, int row) {
    return toScreen(scene_->grid[row * side + column], square);
  };
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < side; ++column) {
      if (column + 1 < side) lines.append({at(column, row), at(column + 1, row)});
      if (row + 1 < rows) lines.append({at(column, row), at(column, row + 1)});
    }
  painter.drawLines(lines);
}

void PlayCanvas::paintArrows(QPainter& painter, const QRectF& square) const {
  const qsizetype count = std::min({scene_->fake.size(), scene_->arrows.size(), kArrows});
  double longest = 0;
  for (qsizetype i = 0; i < count; ++i)
    longest = std::max(longest, std::hypot(scene_->arrows[i].x(), scene_->arrows[i].y()));
  if (longest <= 0) return;
  // Slopes below one are drawn to one scale, so that vanishing ones look small.
  const double scale = kArrow * square.width() / std::max(longest, 1.0);
  painter.setPen(QPen(palette().color(QPalette::Text), 1.2));
  for (qsizetype i = 0; i < count; ++i) {
    const QPointF from = toScreen(scene_->fake[i], square);
    const QPointF along(scene_->arrows[i].x() * scale, -scene_->arrows[i].y() * scale);
    const QPointF to = from + along;
    painter.drawLine(from, to);
    const QPointF back = along * 0.3, aside(-back.y() * 0.6, back.x() * 0.6);
    painter.drawLine(to, to - back + aside);
    painter.drawLine(to, to - back - aside);
  }
}

void PlayCanvas::paintPoints(QPainter& painter, const QRectF& square) const {
  const QColor edge = palette().color(QPalette::Base);
  // Told apart by shape as well: rings are real, discs are fake.
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(realColor(palette()), 1.4));
  for (const QPointF& point : scene_->real) painter.drawEllipse(toScreen(point, square), 3, 3);
  painter.setBrush(fakeColor(palette()));
  painter.setPen(QPen(edge, 0.6));
  for (const QPointF& point : scene_->fake) painter.drawEllipse(toScreen(point, square), 2.8, 2.8);
}

void PlayCanvas::paintDrawn(QPainter& painter, const QRectF& square) const {
  painter.setPen(Qt::NoPen);
  painter.setBrush(palette().color(QPalette::Highlight));
  for (const QPointF& place : drawn_) painter.drawEllipse(toScreen(place, square), 3.5, 3.5);
  if (!drawn_.isEmpty()) return;
  painter.setPen(palette().color(QPalette::Text));
  painter.drawText(square, Qt::AlignCenter, tr("Draw here what is to be learned"));
}

void PlayCanvas::addPlace(const QPointF& at) {
  const double extent = scene_ ? scene_->extent : 1.25;
  const QRectF area = square();
  const QPointF place((at.x() - area.center().x()) / area.width() * 2 * extent,
                      -(at.y() - area.center().y()) / area.height() * 2 * extent);
  if (std::max(std::abs(place.x()), std::abs(place.y())) > extent) return;
  const QPointF last = drawn_.isEmpty() ? QPointF(9, 9) : drawn_.last() - place;
  if (drawn_.size() >= kMostPlaces || std::hypot(last.x(), last.y()) < kDrawSpacing) return;
  drawn_.append(place);
  update();
}

void PlayCanvas::mousePressEvent(QMouseEvent* event) {
  if (!drawing_ || event->button() != Qt::LeftButton) return;
  stroke_ = true;
  addPlace(event->position());
}

void PlayCanvas::mouseMoveEvent(QMouseEvent* event) {
  if (stroke_) addPlace(event->position());
}

void PlayCanvas::mouseReleaseEvent(QMouseEvent* event) {
  if (!stroke_ || event->button() != Qt::LeftButton) return;
  stroke_ = false;
  if (!drawn_.isEmpty()) emit drawn(drawn_);
}

}  // namespace imago::gui

#include "gui/draw/draw_document.h"

#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>
#include <utility>

#include "gui/draw/flood_fill.h"

namespace imago::gui {

namespace {

constexpr QImage::Format kFormat = QImage::Format_ARGB32_Premultiplied;
constexpr qsizetype kMostStepBytes = qsizetype{192} << 20;
constexpr size_t kMostSteps = 500;
constexpr double kLeastPressure = 0.15;  // share of the width that is left at none

QImage emptyInk(QSize size) {
  QImage ink(size * DrawDocument::kDetail, kFormat);
  ink.fill(Qt::transparent);
  return ink;
}

/// As a painter has it: whole pixels around `part`, which is in pixels of the picture.
QRect inInk(const QRectF& part) {
  constexpr double kSide = DrawDocument::kDetail;
  return QRectF(part.topLeft() * kSide, part.size() * kSide).toAlignedRect();
}

QPointF mid(QPointF a, QPointF b) { return (a + b) / 2; }

/// A painter in pixels of the picture, with a round pen of the brush's colour.
void prepare(QPainter& painter, const Brush& brush, bool hard) {
  painter.setRenderHint(QPainter::Antialiasing, !hard);
  painter.scale(DrawDocument::kDetail, DrawDocument::kDetail);
  if (brush.tool == Tool::eraser) painter.setCompositionMode(QPainter::CompositionMode_Clear);
}

QPen penOf(const Brush& brush, double width) {
  return {brush.colour, width, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin};
}

}  // namespace

DrawDocument::DrawDocument(QSize size) : size_(size), ink_(emptyInk(size)) {}

bool DrawDocument::isEmpty() const {
  for (int y = 0; y < ink_.height(); ++y) {
    const auto* row = reinterpret_cast<const QRgb*>(ink_.constScanLine(y));
    if (std::any_of(row, row + ink_.width(), [](QRgb pixel) { return qAlpha(pixel) > 0; })) {
      return false;
    }
  }
  return true;
}

double DrawDocument::widthFor(double pressure) const {
  const double share = kLeastPressure + (1 - kLeastPressure) * std::clamp(pressure, 0.0, 1.0);
  return brush_.width * share;
}

/// What the brush colours of the ink where its middle moves within `part`.
QRect DrawDocument::reached(const QRectF& part) const {
  const double reach = brush_.width / 2 + 2;
  return inInk(part.adjusted(-reach, -reach, reach, reach)) & inkRect();
}

void DrawDocument::touch(const QRect& part) {
  touched_ |= part;
  changed_ |= part;
}

void DrawDocument::restore(const QRect& part, const QImage& from) {
  if (part.isEmpty()) return;
  QPainter painter(&ink_);
  painter.setCompositionMode(QPainter::CompositionMode_Source);
  painter.drawImage(part.topLeft(), from, part);
  changed_ |= part;
}

void DrawDocument::begin(const Brush& brush, QPointF at, double pressure) {
  if (drawing_) finish();
  drawing_ = true;
  brush_ = brush;
  before_ = settled_ = ink_;
  touched_ = tail_ = {};
  samples_ = {{at, widthFor(pressure)}};
  if (brush.tool == Tool::fill) {
    fill(at);
  } else if (brush.tool == Tool::pen || brush.tool == Tool::eraser) {
    drawTail();
  }
}

void DrawDocument::extend(QPointF at, double pressure) {
  if (!drawing_ || brush_.tool == Tool::fill) return;
  if (brush_.tool == Tool::line || brush_.tool == Tool::rectangle) return drawShape(at);
  if (at == samples_.back().at) return;
  samples_.push_back({at, widthFor(pressure)});
  QRect renewed = tail_;
  if (const size_t n = samples_.size(); n >= 3) {
    // From the middle of one pair of places to that of the next, bent towards the place between.
    const Sample &a = samples_[n - 3], &b = samples_[n - 2], &c = samples_[n - 1];
    const Sample from{mid(a.at, b.at), (a.width + b.width) / 2};
    if (n == 3) renewed |= settle(a, from, from);
    renewed |= settle(from, b, {mid(b.at, c.at), (b.width + c.width) / 2});
  }
  restore(renewed, settled_);
  drawTail();
}

/// The curve from `from` to `to` that `over` pulls towards itself (a quadratic Bézier curve).
QRect DrawDocument::settle(Sample from, Sample over, Sample to) {
  QPainter painter(&settled_);
  prepare(painter, brush_, hardEdges_);
  QPainterPath path(from.at);
  path.quadTo(over.at, to.at);
  const QRect part = reached(path.controlPointRect());
  touch(part);
  if (from.width == over.width && over.width == to.width) {
    painter.strokePath(path, penOf(brush_, from.width));
    return part;
  }
  const int parts = std::max(2, static_cast<int>(std::ceil(path.length() * kDetail / 2)));
  QPointF last = from.at;
  for (int i = 1; i <= parts; ++i) {
    const double t = static_cast<double>(i) / parts, u = 1 - t;
    const QPointF next = u * u * from.at + 2 * u * t * over.at + t * t * to.at;
    const double width = u * u * from.width + 2 * u * t * over.width + t * t * to.width;
    painter.setPen(penOf(brush_, width));
    painter.drawLine(last, next);
    last = next;
  }
  return part;
}

/// What is not settled: the way from the last middle to the newest place, straight.
void DrawDocument::drawTail() {
  const size_t n = samples_.size();
  const Sample& last = samples_.back();
  const QPointF from = n >= 3 ? mid(samples_[n - 2].at, last.at) : samples_.front().at;
  tail_ = reached(QRectF(from, last.at).normalized());
  touch(tail_);
  QPainter painter(&ink_);
  prepare(painter, brush_, hardEdges_);
  painter.setPen(penOf(brush_, last.width));
  if (from == last.at) {
    painter.drawPoint(last.at);
  } else {
    painter.drawLine(from, last.at);
  }
}

void DrawDocument::drawShape(QPointF to) {
  restore(tail_, before_);
  const QPointF from = samples_.front().at;
  tail_ = reached(QRectF(from, to).normalized());
  touch(tail_);
  QPainter painter(&ink_);
  prepare(painter, brush_, hardEdges_);
  if (brush_.tool == Tool::rectangle) {
    painter.fillRect(QRectF(from, to).normalized(), brush_.colour);
  } else {
    painter.setPen(penOf(brush_, brush_.width));
    painter.drawLine(from, to);
  }
}

void DrawDocument::fill(QPointF at) {
  const QPoint seed((at * kDetail).toPoint());
  if (!inkRect().contains(seed)) return;
  const QRect filled = floodFill(ink_, seed, brush_.colour, !hardEdges_);
  touched_ |= filled;
  changed_ |= filled;
}

void DrawDocument::finish() {
  if (!drawing_) return;
  drawing_ = false;
  const QRect part = touched_ & inkRect();
  if (!part.isEmpty()) {
    Step step{part.topLeft(), before_.copy(part), ink_.copy(part)};
    if (step.before != step.after) push(std::move(step));
  }
  before_ = settled_ = {};
}

void DrawDocument::abandon() {
  if (!drawing_) return;
  drawing_ = false;
  restore(touched_ & inkRect(), before_);
  before_ = settled_ = {};
}

void DrawDocument::replaceInk(QImage ink) {
  if (drawing_) finish();
  if (ink == ink_) return;
  push({{}, ink_, ink, true});
  apply(done_.back(), done_.back().after);
}

void DrawDocument::clear() { replaceInk(emptyInk(size_)); }

void DrawDocument::setLines(const QImage& lines) {
  const QImage grey =
      lines.convertToFormat(QImage::Format_Grayscale8)
          .scaled(lines.size() * kDetail, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
  QImage ink = emptyInk(lines.size());
  for (int y = 0; y < ink.height(); ++y) {
    const uchar* from = grey.constScanLine(y);
    auto* to = reinterpret_cast<QRgb*>(ink.scanLine(y));
    for (int x = 0; x < ink.width(); ++x) to[x] = qRgba(0, 0, 0, 255 - from[x]);
  }
  replaceInk(ink);
}

void DrawDocument::resize(QSize size) {
  if (size == size_) return;
  const QImage scaled = ink_.scaled(size * kDetail, Qt::KeepAspectRatio,
                                    hardEdges_ ? Qt::FastTransformation : Qt::SmoothTransformation);
  QImage ink = emptyInk(size);
  QPainter painter(&ink);
  painter.drawImage((ink.width() - scaled.width()) / 2, (ink.height() - scaled.height()) / 2,
                    scaled);
  painter.end();
  replaceInk(ink);
}

// Undo.

void DrawDocument::push(Step step) {
  undone_.clear();
  done_.push_back(std::move(step));
  qsizetype bytes = 0;
  for (const Step& each : done_) bytes += each.before.sizeInBytes() + each.after.sizeInBytes();
  while (done_.size() > 1 && (bytes > kMostStepBytes || done_.size() > kMostSteps)) {
    bytes -= done_.front().before.sizeInBytes() + done_.front().after.sizeInBytes();
    done_.pop_front();
  }
}

void DrawDocument::apply(const Step& step, const QImage& content) {
  if (step.whole) {
    ink_ = content;
    size_ = content.size() / kDetail;
    changed_ = inkRect();
    return;
  }
  QPainter painter(&ink_);
  painter.setCompositionMode(QPainter::CompositionMode_Source);
  painter.drawImage(step.at, content);
  changed_ |= QRect(step.at, content.size());
}

void DrawDocument::undo() {
  if (!canUndo()) return;
  undone_.push_back(std::move(done_.back()));
  done_.pop_back();
  apply(undone_.back(), undone_.back().before);
}

void DrawDocument::redo() {
  if (!canRedo()) return;
  done_.push_back(std::move(undone_.back()));
  undone_.pop_back();
  apply(done_.back(), done_.back().after);
}

// What it looks like.

QImage DrawDocument::shownInk() const {
  if (!negative_) return ink_;
  QImage ink = ink_;
  ink.invertPixels(QImage::InvertRgb);
  return ink;
}

QColor DrawDocument::shownPaper() const {
  return negative_ ? QColor(255 - paper_.red(), 255 - paper_.green(), 255 - paper_.blue()) : paper_;
}

QImage DrawDocument::picture() const {
  QImage picture(size_, QImage::Format_RGB888);
  const int paper[3] = {paper_.red(), paper_.green(), paper_.blue()};
  const auto sum = [&](QRgb pixel, int channel) {
    const int values[3] = {qRed(pixel), qGreen(pixel), qBlue(pixel)};
    return 255 * values[channel] + paper[channel] * (255 - qAlpha(pixel));
  };
  for (int y = 0; y < size_.height(); ++y) {
    const auto* upper = reinterpret_cast<const QRgb*>(ink_.constScanLine(kDetail * y));
    const auto* lower = reinterpret_cast<const QRgb*>(ink_.constScanLine(kDetail * y + 1));
    uchar* to = picture.scanLine(y);
    for (int x = 0; x < size_.width(); ++x, upper += kDetail, lower += kDetail) {
      for (int c = 0; c < 3; ++c, ++to) {
        // The mean of the four; of a label map one, as a mean of labels is none.
        const int all =
            hardEdges_ ? 4 * sum(*upper, c)
                       : sum(upper[0], c) + sum(upper[1], c) + sum(lower[0], c) + sum(lower[1], c);
        const int value = (all + 2 * 255) / (4 * 255);
        *to = static_cast<uchar>(negative_ ? 255 - value : value);
      }
    }
  }
  return picture;
}

QRect DrawDocument::takeChanged() {
  const QRect ink = std::exchange(changed_, QRect());
  if (ink.isEmpty()) return {};
  return QRect(QPoint(ink.left() / kDetail, ink.top() / kDetail),
               QPoint(ink.right() / kDetail, ink.bottom() / kDetail));
}

}  // namespace imago::gui

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
constexpr double kLeastStep = 2;         // pixels between two places of a stroke
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

/// The pixels of the picture that lie in a part of the ink.
QRect inPicture(const QRect& ink) {
  constexpr int kSide = DrawDocument::kDetail;
  return QRect(QPoint(ink.left() / kSide, ink.top() / kSide),
               QPoint(ink.right() / kSide, ink.bottom() / kSide));
}

double distance(QPointF a, QPointF b) { return std::hypot(b.x() - a.x(), b.y() - a.y()); }

/// In pixels of the ink. A path of one place has a length, so that its caps are drawn.
QPainterPath straight(QPointF from, QPointF to) {
  QPainterPath path(DrawDocument::kDetail * from);
  path.lineTo(DrawDocument::kDetail * to + (from == to ? QPointF(0.01, 0) : QPointF()));
  return path;
}

/// A painter in pixels of the picture.
void prepare(QPainter& painter, bool hard) {
  painter.setRenderHint(QPainter::Antialiasing, !hard);
  painter.scale(DrawDocument::kDetail, DrawDocument::kDetail);
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

void DrawDocument::changeInk(const QRect& part) {
  changed_ |= part;
  unmixed_ |= part;
}

void DrawDocument::touch(const QRect& part) {
  touched_ |= part;
  changeInk(part);
}

void DrawDocument::restore(const QRect& part, const QImage& from) {
  if (part.isEmpty()) return;
  QPainter painter(&ink_);
  painter.setCompositionMode(QPainter::CompositionMode_Source);
  painter.drawImage(part.topLeft(), from, part);
  changeInk(part);
}

void DrawDocument::begin(const Brush& brush, QPointF at, double pressure) {
  if (drawing_) finish();
  drawing_ = true;
  brush_ = brush;
  before_ = ink_;
  touched_ = tail_ = {};
  belowTail_ = {};
  samples_ = {{at, widthFor(pressure)}};
  if (brush.tool == Tool::fill) {
    fill(at);
  } else if (brush.tool == Tool::pen || brush.tool == Tool::eraser) {
    mask_ = StrokeMask(ink_.size());
    blend(drawTail());
  }
}

void DrawDocument::extend(QPointF at, double pressure) {
  if (!drawing_ || brush_.tool == Tool::fill) return;
  if (brush_.tool == Tool::line || brush_.tool == Tool::rectangle) return drawShape(at);
  const Sample next{at, widthFor(pressure)};
  if (next.at == samples_.back().at) return;
  QRect renewed = tail_;
  mask_.put(belowTail_, tail_);
  const size_t n = samples_.size();
  // Places very near to each other are what a hand or a grid of pixels makes of one.
  if (n >= 2 && distance(samples_[n - 2].at, samples_[n - 1].at) < kLeastStep) {
    samples_.back() = next;
  } else {
    samples_.push_back(next);
    if (n >= 3) renewed |= drawCurve(n - 3);
    if (n == 3) renewed |= drawPiece(samples_[0], middle(0), middle(0));
  }
  blend(renewed | drawTail());
}

DrawDocument::Sample DrawDocument::middle(size_t i) const {
  const Sample &a = samples_[i], &b = samples_[i + 1];
  return {(a.at + b.at) / 2, (a.width + b.width) / 2};
}

/// From the middle between the places i and i + 1 to the next one, bent towards the place between.
QRect DrawDocument::drawCurve(size_t i) {
  return drawPiece(middle(i), samples_[i + 1], middle(i + 1));
}

/// The curve from `from` to `to` that `over` pulls towards itself (a quadratic Bézier curve).
QRect DrawDocument::drawPiece(Sample from, Sample over, Sample to) {
  QPainterPath path(kDetail * from.at);
  path.quadTo(kDetail * over.at, kDetail * to.at);
  if (from.width == over.width && over.width == to.width) {
    return mask_.add(path, kDetail * from.width, hardEdges_);
  }
  QRect all;
  const int parts = std::max(2, static_cast<int>(std::ceil(path.length() / 2)));
  QPointF last = from.at;
  for (int i = 1; i <= parts; ++i) {
    const double t = static_cast<double>(i) / parts, u = 1 - t;
    const QPointF next = u * u * from.at + 2 * u * t * over.at + t * t * to.at;
    const double width = u * u * from.width + 2 * u * t * over.width + t * t * to.width;
    all |= mask_.add(straight(last, next), kDetail * width, hardEdges_);
    last = next;
  }
  return all;
}

/// The end of the stroke, of the last three places, for as long as the last one may still move.
QRect DrawDocument::drawTail() {
  const size_t n = samples_.size();
  const size_t first = n >= 3 ? n - 3 : 0;
  QRectF all;
  for (size_t i = first; i < n; ++i) all |= QRectF(samples_[i].at, QSizeF(0.01, 0.01));
  tail_ = reached(all);
  belowTail_ = mask_.copy(tail_);
  if (n >= 3) drawCurve(first);
  if (n == 3) drawPiece(samples_[0], middle(0), middle(0));
  const Sample& last = samples_.back();
  const QPointF from = n >= 2 ? middle(n - 2).at : last.at;
  if (n == 2) drawPiece(samples_[0], middle(0), middle(0));
  mask_.add(straight(from, last.at), kDetail * last.width, hardEdges_);
  return tail_;
}

/// Brings a part of the stroke from the mask to the ink.
void DrawDocument::blend(const QRect& part) {
  mask_.blend(ink_, before_, part & inkRect(), brush_.colour, brush_.tool == Tool::eraser);
  touch(part & inkRect());
}

void DrawDocument::drawShape(QPointF to) {
  restore(tail_, before_);
  const QPointF from = samples_.front().at;
  tail_ = reached(QRectF(from, to).normalized());
  touch(tail_);
  QPainter painter(&ink_);
  prepare(painter, hardEdges_);
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
  touch(filled);
}

void DrawDocument::finish() {
  if (!drawing_) return;
  drawing_ = false;
  const QRect part = touched_ & inkRect();
  if (!part.isEmpty()) {
    Step step{part.topLeft(), before_.copy(part), ink_.copy(part)};
    if (step.before != step.after) push(std::move(step));
  }
  before_ = {};
  mask_ = {};
}

void DrawDocument::abandon() {
  if (!drawing_) return;
  drawing_ = false;
  restore(touched_ & inkRect(), before_);
  before_ = {};
  mask_ = {};
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
    changeInk(inkRect());
    return;
  }
  QPainter painter(&ink_);
  painter.setCompositionMode(QPainter::CompositionMode_Source);
  painter.drawImage(step.at, content);
  changeInk(QRect(step.at, content.size()));
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

void DrawDocument::setPaper(const QColor& paper) {
  paper_ = paper;
  unmixed_ = inkRect();
}

void DrawDocument::setHardEdges(bool on) {
  hardEdges_ = on;
  unmixed_ = inkRect();
}

void DrawDocument::setNegative(bool on) {
  negative_ = on;
  unmixed_ = inkRect();
}

QImage DrawDocument::picture() const {
  if (picture_.size() != size_) {
    picture_ = QImage(size_, QImage::Format_RGB888);
    unmixed_ = inkRect();
  }
  const QRect part = std::exchange(unmixed_, QRect()) & inkRect();
  if (!part.isEmpty()) mixPicture(inPicture(part));
  return picture_;
}

void DrawDocument::mixPicture(const QRect& part) const {
  const int paper[3] = {paper_.red(), paper_.green(), paper_.blue()};
  const auto sum = [&](QRgb pixel, int channel) {
    const int values[3] = {qRed(pixel), qGreen(pixel), qBlue(pixel)};
    return 255 * values[channel] + paper[channel] * (255 - qAlpha(pixel));
  };
  for (int y = part.top(); y <= part.bottom(); ++y) {
    const int left = kDetail * part.left();
    const auto* upper = reinterpret_cast<const QRgb*>(ink_.constScanLine(kDetail * y)) + left;
    const auto* lower = reinterpret_cast<const QRgb*>(ink_.constScanLine(kDetail * y + 1)) + left;
    uchar* to = picture_.scanLine(y) + 3 * part.left();
    for (int x = part.left(); x <= part.right(); ++x, upper += kDetail, lower += kDetail) {
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
}

QRect DrawDocument::takeChanged() {
  const QRect ink = std::exchange(changed_, QRect());
  return ink.isEmpty() ? QRect() : inPicture(ink);
}

}  // namespace imago::gui

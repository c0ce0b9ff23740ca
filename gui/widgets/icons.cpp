#include "gui/widgets/icons.h"

#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPainterPath>
#include <QPalette>

namespace imago::gui {

namespace {

// All glyphs are drawn on a grid of 24 × 24.
constexpr double kGrid = 24;

QPainterPath lines(std::initializer_list<std::initializer_list<QPointF>> strokes) {
  QPainterPath path;
  for (const auto& stroke : strokes) {
    bool first = true;
    for (const QPointF& point : stroke) {
      first ? path.moveTo(point) : path.lineTo(point);
      first = false;
    }
  }
  return path;
}

QPainterPath picture() {
  QPainterPath path = lines({{{3.5, 17}, {9, 11.5}, {13, 15.5}, {16, 12.5}, {20.5, 17}}});
  path.addRoundedRect(3.5, 4.5, 17, 15, 2, 2);
  path.addEllipse(QPointF(15.5, 8.8), 1.4, 1.4);
  return path;
}

QPainterPath folder() {
  QPainterPath path;
  path.moveTo(3.5, 18.5);
  path.lineTo(3.5, 6.5);
  path.lineTo(9.5, 6.5);
  path.lineTo(11.5, 9);
  path.lineTo(20.5, 9);
  path.lineTo(20.5, 18.5);
  path.closeSubpath();
  return path;
}

QPainterPath clipboard() {
  QPainterPath path = lines({{{8.5, 12}, {15.5, 12}}, {{8.5, 15.5}, {13.5, 15.5}}});
  path.addRoundedRect(5, 5, 14, 15.5, 2, 2);
  path.addRoundedRect(9, 3, 6, 4, 1, 1);
  return path;
}

QPainterPath download() {
  return lines({{{12, 3.5}, {12, 15}},
                {{7.5, 10.5}, {12, 15}, {16.5, 10.5}},
                {{4, 15.5}, {4, 20}, {20, 20}, {20, 15.5}}});
}

QPainterPath downloadAll() {
  return lines({{{9, 3.5}, {9, 14.5}},
                {{5.5, 11}, {9, 14.5}, {12.5, 11}},
                {{2.5, 15.5}, {2.5, 20}, {15.5, 20}, {15.5, 15.5}},
                {{15, 3.5}, {20.5, 3.5}, {20.5, 15}}});
}

// A wand and its sparks.
QPainterPath translate() {
  return lines({{{3.5, 20.5}, {14, 10}},
                {{17, 2.5}, {17, 7.5}},
                {{14.5, 5}, {19.5, 5}},
                {{20, 11}, {20, 14.5}},
                {{18.2, 12.75}, {21.8, 12.75}},
                {{8.5, 4.5}, {8.5, 8}},
                {{6.7, 6.25}, {10.3, 6.25}}});
}

QPainterPath lens(bool plus) {
  QPainterPath path = lines({{{15, 15}, {20.5, 20.5}}, {{7.5, 10.5}, {13.5, 10.5}}});
  if (plus) path.addPath(lines({{{10.5, 7.5}, {10.5, 13.5}}}));
  path.addEllipse(QPointF(10.5, 10.5), 6.5, 6.5);
  return path;
}

QPainterPath corners() {
  return lines({{{4, 9}, {4, 4.5}, {8.5, 4.5}},
                {{15.5, 4.5}, {20, 4.5}, {20, 9}},
                {{20, 15}, {20, 19.5}, {15.5, 19.5}},
                {{8.5, 19.5}, {4, 19.5}, {4, 15}}});
}

QPainterPath oneToOne() {
  return lines({{{4.5, 8}, {7, 6}, {7, 18}},
                {{16, 8}, {18.5, 6}, {18.5, 18}},
                {{12, 9.5}, {12, 9.6}},
                {{12, 14.5}, {12, 14.6}}});
}

QPainterPath ring(QPainterPath inside) {
  inside.addEllipse(QPointF(12, 12), 8.5, 8.5);
  return inside;
}

QPainterPath record() {
  QPainterPath dot;
  dot.addEllipse(QPointF(12, 12), 3.5, 3.5);
  return ring(dot);
}

QPainterPath triangle() {
  QPainterPath path;
  path.moveTo(12, 4);
  path.lineTo(21, 19.5);
  path.lineTo(3, 19.5);
  path.closeSubpath();
  path.addPath(lines({{{12, 10}, {12, 14}}, {{12, 16.8}, {12, 16.9}}}));
  return path;
}

// A loss that falls, over two axes.
QPainterPath curve() {
  QPainterPath path = lines({{{4, 4}, {4, 20}, {20.5, 20}}});
  path.moveTo(7, 6);
  path.cubicTo(8.5, 13.5, 12, 15.5, 20, 16.5);
  return path;
}

// Points on both sides of a line.
QPainterPath playground() {
  QPainterPath path;
  path.moveTo(4, 19);
  path.cubicTo(9, 10, 14, 14, 20, 5);
  for (const QPointF& at : {QPointF(7, 7), QPointF(11.5, 6), QPointF(13, 18), QPointF(18, 14)})
    path.addEllipse(at, 1.7, 1.7);
  return path;
}

QPainterPath pen() {
  return lines(
      {{{4, 20}, {5.5, 15}, {16, 4.5}, {19.5, 8}, {9, 18.5}, {4, 20}}, {{13.5, 7}, {17, 10.5}}});
}

QPainterPath eraser() {
  return lines({{{8.5, 19.5}, {3.5, 14.5}, {13.5, 4.5}, {20.5, 11.5}, {12.5, 19.5}, {8.5, 19.5}},
                {{8.5, 9.5}, {15.5, 16.5}},
                {{12.5, 19.5}, {20.5, 19.5}}});
}

// A bucket that is poured out.
QPainterPath bucket() {
  QPainterPath path = lines(
      {{{10.5, 4.5}, {3.5, 11.5}, {10, 18}, {17, 11}, {10.5, 4.5}}, {{4, 11.5}, {16.5, 11.5}}});
  path.moveTo(19.5, 14.5);
  path.quadTo(22, 19.5, 19.5, 19.5);
  path.quadTo(17, 19.5, 19.5, 14.5);
  return path;
}

QPainterPath turn(double direction) {
  const auto at = [&](double x, double y) { return QPointF(12 + direction * (x - 12), y); };
  QPainterPath path = lines({{at(8, 4.5), at(4, 8.5), at(8, 12.5)}});
  path.moveTo(at(4, 8.5));
  path.lineTo(at(14.5, 8.5));
  path.cubicTo(at(22, 8.5), at(22, 19), at(14.5, 19));
  path.lineTo(at(8.5, 19));
  return path;
}

QPainterPath frame() {
  QPainterPath path;
  path.addRect(4, 6, 16, 12);
  return path;
}

/// A line that becomes a picture.
QPainterPath draw() {
  QPainterPath path = pen();
  path.moveTo(11.5, 20);
  path.cubicTo(14, 16.5, 16, 23, 20.5, 18.5);
  return path;
}

QPainterPath camera() {
  QPainterPath path;
  path.addRoundedRect(3.5, 7, 12, 10, 2, 2);
  path.addPath(lines({{{15.5, 11}, {20.5, 8}, {20.5, 16}, {15.5, 13}}}));
  return path;
}

QPainterPath outline(Glyph glyph) {
  const QPainterPath cross = lines({{{6.5, 6.5}, {17.5, 17.5}}, {{17.5, 6.5}, {6.5, 17.5}}});
  switch (glyph) {
    case Glyph::picture:
      return picture();
    case Glyph::open:
    case Glyph::folder:
      return folder();
    case Glyph::paste:
      return clipboard();
    case Glyph::save:
      return download();
    case Glyph::saveAll:
      return downloadAll();
    case Glyph::translate:
      return translate();
    case Glyph::zoomIn:
      return lens(true);
    case Glyph::zoomOut:
      return lens(false);
    case Glyph::fit:
      return corners();
    case Glyph::oneToOne:
      return oneToOne();
    case Glyph::clock:
      return ring(lines({{{12, 7.5}, {12, 12}, {15.5, 14}}}));
    case Glyph::check:
      return lines({{{5, 12.5}, {10, 17.5}, {19.5, 7}}});
    case Glyph::warning:
      return triangle();
    case Glyph::info:
      return ring(lines({{{12, 11}, {12, 16}}, {{12, 8}, {12, 8.1}}}));
    case Glyph::train:
      return curve();
    case Glyph::play:
      return lines({{{8, 5}, {18.5, 12}, {8, 19}, {8, 5}}});
    case Glyph::pause:
      return lines({{{8.5, 5.5}, {8.5, 18.5}}, {{15.5, 5.5}, {15.5, 18.5}}});
    case Glyph::record:
      return record();
    case Glyph::stop:
      return lines({{{6.5, 6.5}, {17.5, 6.5}, {17.5, 17.5}, {6.5, 17.5}, {6.5, 6.5}}});
    case Glyph::forward:
      return lines({{{4, 12}, {19.5, 12}}, {{13.5, 6}, {19.5, 12}, {13.5, 18}}});
    case Glyph::playground:
      return playground();
    case Glyph::add:
      return lines({{{12, 5}, {12, 19}}, {{5, 12}, {19, 12}}});
    case Glyph::draw:
      return draw();
    case Glyph::live:
      return camera();
    case Glyph::pen:
      return pen();
    case Glyph::eraser:
      return eraser();
    case Glyph::line:
      return lines({{{4.5, 19.5}, {19.5, 4.5}}});
    case Glyph::rectangle:
      return frame();
    case Glyph::fill:
      return bucket();
    case Glyph::undo:
      return turn(1);
    case Glyph::redo:
      return turn(-1);
    case Glyph::cancel:
    case Glyph::close:
      return cross;
  }
  return {};
}

class GlyphEngine : public QIconEngine {
 public:
  GlyphEngine(Glyph glyph, bool badge) : glyph_(glyph), badge_(badge) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    const auto group = mode == QIcon::Disabled ? QPalette::Disabled : QPalette::Active;
    const auto role = mode == QIcon::Selected ? QPalette::HighlightedText : QPalette::ButtonText;
    const QPalette palette = QGuiApplication::palette();
    paintGlyph(*painter, glyph_, rect, palette.color(group, role));
    if (!badge_) return;
    const double dot = 0.42 * rect.height();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(palette.color(QPalette::Button), 1));
    painter->setBrush(warningColor(palette));
    painter->drawEllipse(QRectF(rect.right() + 1 - dot, rect.top(), dot, dot));
  }

  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap pixmap(size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paint(&painter, QRect(QPoint(), size), mode, state);
    return pixmap;
  }

  QIconEngine* clone() const override { return new GlyphEngine(glyph_, badge_); }

 private:
  Glyph glyph_;
  bool badge_;
};

bool isDark(const QPalette& palette) {
  return palette.color(QPalette::Base).lightness() < palette.color(QPalette::Text).lightness();
}

}  // namespace

QIcon icon(Glyph glyph, bool badge) { return QIcon(new GlyphEngine(glyph, badge)); }

void paintGlyph(QPainter& painter, Glyph glyph, const QRectF& rect, const QColor& color,
                double stroke) {
  const double side = std::min(rect.width(), rect.height());
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.translate(rect.center() - QPointF(side, side) / 2);
  painter.scale(side / kGrid, side / kGrid);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(color, stroke, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.drawPath(outline(glyph));
  painter.restore();
}

void paintBar(QPainter& painter, const QRectF& groove, double fraction, const QPalette& palette,
              bool selected) {
  QColor ground = palette.color(selected ? QPalette::HighlightedText : QPalette::Text);
  ground.setAlpha(50);
  painter.setPen(Qt::NoPen);
  painter.setBrush(ground);
  painter.drawRoundedRect(groove, 2, 2);
  QRectF filled = groove;
  filled.setWidth(groove.width() * fraction);
  painter.setBrush(palette.color(selected ? QPalette::HighlightedText : QPalette::Highlight));
  painter.drawRoundedRect(filled, 2, 2);
}

QColor errorColor(const QPalette& palette) {
  return isDark(palette) ? QColor(0xff, 0x8a, 0x80) : QColor(0xb3, 0x26, 0x1e);
}

QColor warningColor(const QPalette& palette) {
  return isDark(palette) ? QColor(0xfd, 0xc6, 0x5c) : QColor(0xa8, 0x5d, 0x00);
}

QColor goodColor(const QPalette& palette) {
  return isDark(palette) ? QColor(0x81, 0xc9, 0x95) : QColor(0x1e, 0x7a, 0x3c);
}

}  // namespace imago::gui

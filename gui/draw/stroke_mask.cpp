#include "gui/draw/stroke_mask.h"

#include <QPainter>
#include <algorithm>
#include <cstring>

namespace imago::gui {

namespace {

int scaled(int value, int by) { return (value * by + 127) / 255; }

}  // namespace

StrokeMask::StrokeMask(QSize size) : mask_(size, QImage::Format_Grayscale8) { mask_.fill(0); }

QRect StrokeMask::add(const QPainterPath& path, double width, bool hard) {
  const double reach = width / 2 + 1;
  const QRect part =
      path.controlPointRect().adjusted(-reach, -reach, reach, reach).toAlignedRect() & mask_.rect();
  if (part.isEmpty()) return {};
  QImage alone(part.size(), QImage::Format_Grayscale8);
  alone.fill(0);
  QPainter painter(&alone);
  painter.setRenderHint(QPainter::Antialiasing, !hard);
  painter.translate(-part.topLeft());
  painter.strokePath(path, {Qt::white, width, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin});
  painter.end();
  for (int y = 0; y < part.height(); ++y) {
    const uchar* from = alone.constScanLine(y);
    uchar* to = mask_.scanLine(part.top() + y) + part.left();
    for (int x = 0; x < part.width(); ++x) to[x] = std::max(to[x], from[x]);
  }
  return part;
}

void StrokeMask::put(const QImage& copy, const QRect& part) {
  for (int y = 0; y < copy.height(); ++y) {
    std::memcpy(mask_.scanLine(part.top() + y) + part.left(), copy.constScanLine(y),
                static_cast<size_t>(copy.width()));
  }
}

void StrokeMask::blend(QImage& ink, const QImage& before, const QRect& part, const QColor& colour,
                       bool erases) const {
  const int red = colour.red(), green = colour.green(), blue = colour.blue();
  for (int y = part.top(); y <= part.bottom(); ++y) {
    const uchar* mask = mask_.constScanLine(y);
    const auto* below = reinterpret_cast<const QRgb*>(before.constScanLine(y));
    auto* to = reinterpret_cast<QRgb*>(ink.scanLine(y));
    for (int x = part.left(); x <= part.right(); ++x) {
      const int covered = mask[x], rest = 255 - covered;
      const QRgb old = below[x];
      const auto mixed = [&](int was, int wanted) {
        return scaled(was, rest) + (erases ? 0 : scaled(wanted, covered));
      };
      to[x] = qRgba(mixed(qRed(old), red), mixed(qGreen(old), green), mixed(qBlue(old), blue),
                    mixed(qAlpha(old), 255));
    }
  }
}

}  // namespace imago::gui

// What a stroke covers. Its parts are joined by the larger coverage, so that a soft edge is as soft
// where two of them meet as anywhere else.
#pragma once

#include <QColor>
#include <QImage>
#include <QPainterPath>
#include <QRect>

namespace imago::gui {

class StrokeMask {
 public:
  StrokeMask() = default;
  explicit StrokeMask(QSize size);

  /// A path drawn with a round pen, in pixels of the mask, joined to what is there; returns what it
  /// may have changed. `hard`: a pixel is covered or not.
  QRect add(const QPainterPath& path, double width, bool hard);

  QImage copy(const QRect& part) const { return part.isEmpty() ? QImage() : mask_.copy(part); }
  /// A copy back to where it came from.
  void put(const QImage& copy, const QRect& part);

  /// Within `part`, `ink` becomes what `before` is below the stroke in this colour, or above it
  /// where it erases. Both images are ARGB32_Premultiplied and of the mask's size.
  void blend(QImage& ink, const QImage& before, const QRect& part, const QColor& colour,
             bool erases) const;

 private:
  QImage mask_;  // Grayscale8
};

}  // namespace imago::gui

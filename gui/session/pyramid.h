// A picture with its halved copies, so that painting costs what is visible and not what is there.
#pragma once

#include <QImage>
#include <QList>

namespace imago::gui {

class Pyramid {
 public:
  Pyramid() = default;
  /// Makes the halved copies at once: call it off the GUI thread for large pictures.
  explicit Pyramid(QImage full);

  bool isNull() const { return levels_.isEmpty(); }
  QSize size() const { return isNull() ? QSize() : levels_.first().size(); }
  /// The picture itself. Precondition: !isNull().
  const QImage& full() const { return levels_.first(); }
  /// The smallest copy that still has a pixel of its own for each painted one, where `scale` is
  /// painted pixels per pixel of the full picture.
  const QImage& levelFor(double scale) const;
  /// Memory of all copies.
  qsizetype bytes() const;

 private:
  QList<QImage> levels_;  // full, half, quarter…
};

}  // namespace imago::gui

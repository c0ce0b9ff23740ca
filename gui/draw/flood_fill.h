// The paint bucket.
#pragma once

#include <QColor>
#include <QImage>
#include <QPoint>
#include <QRect>

namespace imago::gui {

/// Colours all pixels of `ink` (ARGB32_Premultiplied) that hang together with `seed`, which must
/// lie inside, and look like it; returns where. `soft`: lines have soft edges, below which the
/// colour reaches, so that no light seam is left between.
QRect floodFill(QImage& ink, QPoint seed, const QColor& colour, bool soft);

}  // namespace imago::gui

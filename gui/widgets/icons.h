// Icons drawn by code in the palette's text colour: sharp at any size, right on light and dark.
#pragma once

#include <QColor>
#include <QIcon>

class QPainter;

namespace imago::gui {

enum class Glyph {
  picture,
  open,
  paste,
  save,
  saveAll,
  translate,
  cancel,
  zoomIn,
  zoomOut,
  fit,
  oneToOne,
  clock,
  check,
  warning,
  info,
  folder,
  close,
  train,
  play,
  pause,
  stop,
  record,
  add,
  forward,
  playground,
  draw,
  live,
  pen,
  eraser,
  line,
  rectangle,
  fill,
  undo,
  redo,
};

/// `badge`: with a dot, which says that there is news.
QIcon icon(Glyph glyph, bool badge = false);

/// Paints into a square of `rect`, in `color`; `stroke` is the line's width on a grid of 24.
void paintGlyph(QPainter& painter, Glyph glyph, const QRectF& rect, const QColor& color,
                double stroke = 1.7);

/// A thin progress bar for rows of lists.
void paintBar(QPainter& painter, const QRectF& groove, double fraction, const QPalette& palette,
              bool selected);

/// Colours for states that read well on this palette's base.
QColor errorColor(const QPalette& palette);
QColor warningColor(const QPalette& palette);
QColor goodColor(const QPalette& palette);

}  // namespace imago::gui

// A drawing: what lies on the paper, and how to take it back. Knows no widgets.
#pragma once

#include <QColor>
#include <QImage>
#include <QPointF>
#include <QRect>
#include <deque>
#include <optional>
#include <vector>

#include "gui/draw/stroke_mask.h"

namespace imago::gui {

enum class Tool { pen, eraser, line, rectangle, fill };

struct Brush {
  Tool tool = Tool::pen;
  QColor colour = Qt::black;
  double width = 3;  // of a line, in pixels of the picture
};

/// Coordinates are pixels of the picture, whose upper left corner is (0, 0). The ink is kept at
/// kDetail times its size, so that it looks well enlarged.
class DrawDocument {
 public:
  static constexpr int kDetail = 2;
  static constexpr int kLargestSide = 2048;

  explicit DrawDocument(QSize size = {256, 256});

  QSize size() const { return size_; }
  /// Nothing lies on the paper.
  bool isEmpty() const;

  /// What shows where there is no ink.
  QColor paper() const { return paper_; }
  void setPaper(const QColor& paper);
  /// Label maps: every pixel has one colour wholly.
  void setHardEdges(bool on);
  /// White on black: all colours are shown and given away as their negative.
  void setNegative(bool on);
  bool negative() const { return negative_; }

  // A stroke of the pen goes through all places between begin and finish, smoothed; a line and a
  // rectangle lie between the first and the last; a fill colours what hangs together and looks
  // alike at the first. Pressure, from 0 to 1, makes pen and eraser narrower.

  void begin(const Brush& brush, QPointF at, double pressure = 1);
  void extend(QPointF at, double pressure = 1);
  /// What it changed can be undone at once.
  void finish();
  /// As if it had not been begun.
  void abandon();
  bool isDrawing() const { return drawing_; }

  void clear();
  /// All ink is replaced by this grey picture of lines, dark on white, and the size by its size.
  void setLines(const QImage& lines);
  /// The drawing is scaled into its middle, its shape kept.
  void resize(QSize size);

  bool canUndo() const { return !done_.empty() && !drawing_; }
  bool canRedo() const { return !undone_.empty() && !drawing_; }
  void undo();
  void redo();

  /// The ink alone, kDetail times the size, transparent where the paper shows; as it is painted.
  QImage shownInk() const;
  QColor shownPaper() const;
  /// Ink on paper, RGB888, of the document's size: what a network is given. Only what has changed
  /// since the last call is mixed anew.
  QImage picture() const;

  /// Where the ink has changed since the last call, in pixels of the picture.
  QRect takeChanged();

 private:
  struct Sample {
    QPointF at;
    double width;
  };
  /// What one action did to a part of the ink; where the size changed, to all of it.
  struct Step {
    QPoint at;  // in pixels of the ink
    QImage before, after;
    bool whole = false;
  };

  QRect inkRect() const { return ink_.rect(); }
  double widthFor(double pressure) const;
  Sample middle(size_t i) const;
  QRect drawCurve(size_t i);
  QRect drawPiece(Sample from, Sample over, Sample to);
  QRect drawTail();
  void blend(const QRect& part);
  void drawShape(QPointF to);
  void fill(QPointF at);
  void restore(const QRect& part, const QImage& from);
  QRect reached(const QRectF& part) const;
  void touch(const QRect& part);
  void changeInk(const QRect& part);
  void mixPicture(const QRect& part) const;
  void push(Step step);
  void replaceInk(QImage ink);
  void apply(const Step& step, const QImage& content);

  QSize size_;
  QColor paper_ = Qt::white;
  bool hardEdges_ = false, negative_ = false;
  QImage ink_;              // ARGB32_Premultiplied
  QRect changed_;           // of the ink, since takeChanged
  mutable QImage picture_;  // as `picture` gave it last
  mutable QRect unmixed_;   // of the ink: what of it `picture_` does not show

  // The stroke under way.
  bool drawing_ = false;
  Brush brush_;
  QImage before_;     // the ink when it began
  StrokeMask mask_;   // of pen and eraser
  QRect touched_;     // by the stroke, of the ink
  QRect tail_;        // the end of the stroke, which another place changes
  QImage belowTail_;  // of the mask
  std::vector<Sample> samples_;

  std::deque<Step> done_, undone_;  // newest last
};

}  // namespace imago::gui

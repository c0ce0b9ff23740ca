// The paper one draws on, with mouse, pen or finger.
#pragma once

#include "gui/draw/draw_document.h"
#include "gui/draw/picture_view.h"

namespace imago::gui {

class CanvasView : public PictureView {
  Q_OBJECT

 public:
  static constexpr double kThinnest = 1, kThickest = 64;

  /// `document` must outlive the view. Whoever else changes it calls `refresh`.
  explicit CanvasView(DrawDocument& document, QWidget* parent = nullptr);

  const Brush& brush() const { return brush_; }
  void setTool(Tool tool);
  void setColour(const QColor& colour);
  /// In pixels of the picture; brought into kThinnest to kThickest.
  void setWidth(double width);
  /// A photo below the ink, at this opacity, for the eye alone.
  void setPhoto(const QImage& photo);
  void setPhotoOpacity(double opacity);
  const QImage& photo() const { return photo_; }

  /// Shows what has changed in the document.
  void refresh();
  /// Gives up the stroke under way.
  void abandon();

 signals:
  /// Something of the drawing is different.
  void changed();
  /// A stroke was begun or ended.
  void strokeChanged();
  void brushChanged();

 protected:
  QSize pictureSize() const override { return document_.size(); }
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void tabletEvent(QTabletEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  bool isUntouched() const;
  void press(QPointF at, double pressure, bool erase);
  void move(QPointF at, double pressure);
  void release();
  void showCursor(QPointF at);
  void updateCursor();
  QRectF cursorRect() const;

  DrawDocument& document_;
  Brush brush_;
  QImage photo_;
  double photoOpacity_ = 0.4;
  QPointF cursor_;  // in the widget
  bool cursorShown_ = false, hintShown_ = false;
};

}  // namespace imago::gui

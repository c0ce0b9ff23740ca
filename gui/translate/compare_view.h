// A photo and its translation in one place, the first left of a divider and the second right of it.
#pragma once

#include <QPixmap>
#include <QWidget>

#include "gui/session/types.h"

namespace imago::gui {

/// Wheel zooms about the pointer, dragging pans, dragging the divider moves it. The photo is scaled
/// to the translation's size, so both line up whatever the network's scale.
class CompareView : public QWidget {
  Q_OBJECT

 public:
  explicit CompareView(QWidget* parent = nullptr);

  /// Either may be null. Where the picture's size changes, what was in sight stays in sight.
  void setPictures(const Pyramid& before, const Pyramid& after);
  void clear();
  /// A line over the picture's foot, for what is wrong with it; empty: none.
  void setNotice(const QString& notice);
  const QString& notice() const { return notice_; }

  /// Painted (device) pixels per pixel of the translation.
  double zoom() const;
  bool isFit() const { return fit_; }
  /// Where the divider stands in the part of the picture that is in sight: 0 left … 1 right.
  double divider() const { return divider_; }
  void setDivider(double fraction);
  /// The point of the picture (in its pixels) in the middle of the view.
  QPointF centre() const;
  /// The whole picture in the widget's coordinates.
  QRectF pictureRect() const;
  /// The divider's x in the widget's coordinates.
  double dividerX() const;

 public slots:
  void zoomIn();
  void zoomOut();
  void zoomToFit();
  void zoomToPixels();

 signals:
  void zoomChanged(double zoom);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  enum class Drag { none, pan, divider };

  QSize pictureSize() const;
  double fitZoom() const;
  QRectF visibleRect() const;
  bool canPan() const;
  bool nearDivider(const QPointF& position) const;
  void setZoom(double zoom, const QPointF& anchor);
  void pan(const QPointF& delta);
  void moveDivider(double x);
  void updateCursor(const QPointF& position);
  /// Forgets the painted copies.
  void refresh();
  QPixmap render(const Pyramid& picture) const;
  void paintNotice(QPainter& painter) const;

  Pyramid before_, after_;
  QString notice_;
  bool fit_ = true;
  double zoom_ = 1;  // where !fit_
  QPointF centre_;   // where !fit_, in the picture's pixels
  double divider_ = 0.5;
  Drag drag_ = Drag::none;
  QPointF lastPosition_;
  // What is in sight, painted once: moving the divider only copies.
  QPixmap beforePixmap_, afterPixmap_;
};

}  // namespace imago::gui

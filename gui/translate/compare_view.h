// Two pictures of one thing, a photo and its translation or two translations, compared.
#pragma once

#include <QPixmap>
#include <QTimer>
#include <QWidget>

#include "gui/session/types.h"

namespace imago::gui {

/// Wheel zooms about the pointer, dragging pans, dragging the divider moves it. The first picture
/// is scaled to the second one's size, so both line up whatever the network's scale.
class CompareView : public QWidget {
  Q_OBJECT

 public:
  /// How two pictures are shown; one alone is always shown whole.
  enum class Mode {
    slider,      // the first left of a divider, the second right of it
    sideBySide,  // the same part of both
    flicker,     // in turns
    difference,  // of their values, four times as large
    lens,        // the second, and the first in a circle about the pointer
  };

  explicit CompareView(QWidget* parent = nullptr);

  /// Either may be null. Where the picture's size changes, what was in sight stays in sight.
  void setPictures(const Pyramid& before, const Pyramid& after);
  void clear();
  void setMode(Mode mode);
  Mode mode() const { return mode_; }
  /// What stands at the first and the second.
  void setLabels(const QString& first, const QString& second);
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
  void leaveEvent(QEvent* event) override;

 private:
  enum class Drag { none, pan, divider };

  QSize pictureSize() const;
  bool hasBoth() const { return !after_.isNull() && !before_.isNull(); }
  /// Of the part of the view that holds a picture: all of it, or the left half.
  QSizeF paneSize() const;
  /// A place in the left pane that shows what this place in either shows.
  QPointF inPane(const QPointF& position) const;
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
  void paintBoth(QPainter& painter);
  void paintLens(QPainter& painter) const;
  void paintNotice(QPainter& painter) const;

  Pyramid before_, after_;
  QString notice_, firstLabel_, secondLabel_;
  Mode mode_ = Mode::slider;
  QTimer turns_;             // of Mode::flicker
  bool firstsTurn_ = false;  // in it
  bool fit_ = true;
  double zoom_ = 1;  // where !fit_
  QPointF centre_;   // where !fit_, in the picture's pixels
  double divider_ = 0.5;
  Drag drag_ = Drag::none;
  QPointF lastPosition_;
  // What is in sight, painted once: moving the divider only copies.
  QPixmap beforePixmap_, afterPixmap_, differencePixmap_;
};

}  // namespace imago::gui

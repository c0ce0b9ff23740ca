// A picture fitted into a widget: what the canvas and the result beside it have in common, so that
// both lie alike.
#pragma once

#include <QImage>
#include <QWidget>

namespace imago::gui {

class PictureView : public QWidget {
  Q_OBJECT

 public:
  explicit PictureView(QWidget* parent = nullptr);

  /// Where a picture of `pictureSize` lies, as large as there is room.
  QRectF pictureRect() const;
  QPointF toPicture(QPointF inWidget) const;
  QPointF toWidget(QPointF inPicture) const;

 protected:
  virtual QSize pictureSize() const = 0;
  /// The ground around the picture; `text` in the middle.
  void paintGround(QPainter& painter) const;
  void paintHint(QPainter& painter, const QString& text) const;
};

class ResultView : public PictureView {
  Q_OBJECT

 public:
  explicit ResultView(QWidget* parent = nullptr);

  void setPicture(const QImage& picture);
  const QImage& picture() const { return picture_; }
  /// Shown while there is no picture.
  void setHint(const QString& hint);

 protected:
  QSize pictureSize() const override { return picture_.size(); }
  void paintEvent(QPaintEvent* event) override;

 private:
  QImage picture_;
  QString hint_;
};

}  // namespace imago::gui

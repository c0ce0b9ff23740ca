// A picture fitted into a widget: what the canvas and the result beside it have in common, so that
// both lie alike.
#pragma once

#include <QImage>
#include <QWidget>
#include <chrono>
#include <optional>

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

  using Time = std::chrono::steady_clock::time_point;

  /// `drawn`: when the oldest of what is new in it was; once it is painted -> shown.
  void setPicture(const QImage& picture, std::optional<Time> drawn = {});
  const QImage& picture() const { return picture_; }
  /// Shown while there is no picture.
  void setHint(const QString& hint);

 signals:
  /// A picture was painted, so long after what is new in it was drawn.
  void shown(double milliseconds);

 protected:
  QSize pictureSize() const override { return picture_.size(); }
  void paintEvent(QPaintEvent* event) override;

 private:
  QImage picture_;
  std::optional<Time> drawn_;  // of a picture that is not painted yet
  QString hint_;
};

}  // namespace imago::gui

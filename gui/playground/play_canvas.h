// The plane in which a GAN learns: what is real, what is made, and what the two networks believe.
#pragma once

#include <QImage>
#include <QWidget>

#include "gui/session/playground_types.h"

namespace imago::gui {

class PlayCanvas : public QWidget {
  Q_OBJECT

 public:
  /// Everything that can be shown or hidden.
  struct Layers {
    bool field = true;   // D's belief, and the line where it is 50 %
    bool points = true;  // real and fake ones
    bool grid = false;   // where the generator brings a grid of its latent space
    bool arrows = false;
    bool operator==(const Layers&) const = default;
  };

  explicit PlayCanvas(QWidget* parent = nullptr);

  void setScene(const std::shared_ptr<const PlayScene>& scene);
  const PlayScene* scene() const { return scene_.get(); }
  void setLayers(const Layers& layers);
  const Layers& layers() const { return layers_; }

  /// While on, dragging adds places to `drawn`.
  void setDrawing(bool on, const QList<QPointF>& drawn);
  bool isDrawing() const { return drawing_; }

  /// The square of the plane as a picture of `side` pixels.
  QImage picture(int side) const;

  QSize sizeHint() const override { return {520, 520}; }
  QSize minimumSizeHint() const override { return {220, 220}; }

 signals:
  /// What is there now is on the screen.
  void painted();
  /// A stroke has ended; all places drawn so far.
  void drawn(const QList<QPointF>& places);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;

 private:
  void paintScene(QPainter& painter, const QRectF& square) const;
  void paintField(QPainter& painter, const QRectF& square) const;
  void paintGrid(QPainter& painter, const QRectF& square) const;
  void paintArrows(QPainter& painter, const QRectF& square) const;
  void paintPoints(QPainter& painter, const QRectF& square) const;
  void paintDrawn(QPainter& painter, const QRectF& square) const;
  QRectF square() const;
  QPointF toScreen(const QPointF& place, const QRectF& square) const;
  void addPlace(const QPointF& at);
  bool isDark() const;

  std::shared_ptr<const PlayScene> scene_;
  Layers layers_;
  bool drawing_ = false, stroke_ = false;
  QList<QPointF> drawn_;
};

/// The colours of real and of fake: blue and red, as in the field.
QColor realColor(const QPalette& palette);
QColor fakeColor(const QPalette& palette);

}  // namespace imago::gui

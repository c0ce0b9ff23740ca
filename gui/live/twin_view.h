// A frame and what became of it, side by side or with a divider between them.
#pragma once

#include <QImage>
#include <QWidget>
#include <chrono>

namespace imago::gui {

class TwinView : public QWidget {
  Q_OBJECT

 public:
  enum class Layout { sideBySide, divided };

  explicit TwinView(QWidget* parent = nullptr);

  void setLayout(Layout layout);
  Layout pictureLayout() const { return layout_; }
  /// `taken`: when the source gave it; once it is painted -> shown.
  void setPictures(const QImage& before, const QImage& after,
                   std::chrono::steady_clock::time_point taken);
  void clear();
  const QImage& before() const { return before_; }
  const QImage& after() const { return after_; }
  /// Shown while there are no pictures.
  void setHint(const QString& hint);
  /// Where the divider stands: 0 left … 1 right.
  double divider() const { return divider_; }
  void setDivider(double fraction);
  /// Where the pictures lie; of `divided` both in one place.
  QRectF beforeRect() const;
  QRectF afterRect() const;

 signals:
  /// New pictures were painted, so long after the source gave the frame.
  void shown(double milliseconds);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  QRectF rectIn(const QRectF& room) const;
  void dragTo(double x);

  Layout layout_ = Layout::sideBySide;
  QImage before_, after_;
  QString hint_;
  double divider_ = 0.5;
  bool fresh_ = false;  // not yet painted
  std::chrono::steady_clock::time_point taken_;
};

}  // namespace imago::gui

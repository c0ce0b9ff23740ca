// An entry of a chart's legend.
#pragma once

#include <QAbstractButton>
#include <QColor>

namespace imago::gui {

/// A curve's colour and name. Filled: the curve is shown; hollow: it is hidden.
class CurveKey : public QAbstractButton {
  Q_OBJECT

 public:
  explicit CurveKey(QWidget* parent);

  void setColor(const QColor& color);
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QColor color_;
};

}  // namespace imago::gui

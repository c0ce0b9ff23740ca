#include "gui/widgets/curve_key.h"

#include <QPainter>
#include <QStyle>
#include <QStyleOptionFocusRect>

namespace imago::gui {

namespace {
constexpr int kSwatch = 11;
}  // namespace

CurveKey::CurveKey(QWidget* parent) : QAbstractButton(parent) {
  setCheckable(true);
  setChecked(true);
  setFocusPolicy(Qt::TabFocus);
}

void CurveKey::setColor(const QColor& color) {
  color_ = color;
  update();
}

QSize CurveKey::sizeHint() const {
  return {kSwatch + 12 + fontMetrics().horizontalAdvance(text()), fontMetrics().height() + 4};
}

void CurveKey::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(color_, 1.5));
  painter.setBrush(isChecked() ? QBrush(color_) : QBrush(Qt::NoBrush));
  painter.drawRoundedRect(QRectF(2.5, (height() - kSwatch) / 2.0 + 1, kSwatch - 2, kSwatch - 2), 2,
                          2);
  painter.setPen(palette().color(isChecked() ? QPalette::WindowText : QPalette::PlaceholderText));
  const QRect words = rect().adjusted(kSwatch + 7, 0, 0, 0);
  painter.drawText(words, Qt::AlignLeft | Qt::AlignVCenter, text());
  if (!hasFocus()) return;
  QStyleOptionFocusRect focus;
  focus.initFrom(this);
  style()->drawPrimitive(QStyle::PE_FrameFocusRect, &focus, &painter, this);
}

}  // namespace imago::gui

#include "gui/widgets/elided_text.h"

#include <QEvent>

namespace imago::gui {

ElidedText::ElidedText(Qt::TextElideMode mode, const QString& name, QWidget* parent)
    : QLabel(parent), mode_(mode) {
  setObjectName(name);
  setTextFormat(Qt::PlainText);
  setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
}

void ElidedText::setWhole(const QString& whole, const QString& more) {
  whole_ = whole;
  more_ = more == whole ? QString() : more;
  setAccessibleName(whole);
  fit();
}

void ElidedText::resizeEvent(QResizeEvent* event) {
  QLabel::resizeEvent(event);
  fit();
}

void ElidedText::changeEvent(QEvent* event) {
  QLabel::changeEvent(event);
  if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) fit();
}

void ElidedText::fit() {
  const QString shown = fontMetrics().elidedText(whole_, mode_, contentsRect().width());
  if (shown != text()) setText(shown);
  QStringList lines = {shown == whole_ ? QString() : whole_, more_};
  lines.removeAll({});
  setToolTip(lines.join('\n'));
}

}  // namespace imago::gui

#include "gui/widgets/fixed_text.h"

#include <QEvent>
#include <QLabel>
#include <QScrollBar>

namespace imago::gui {

FixedText::FixedText(int lines, const QString& name, QWidget* parent)
    : QScrollArea(parent), lines_(lines), label_(new QLabel) {
  label_->setObjectName(name);
  label_->setWordWrap(true);
  label_->setTextFormat(Qt::PlainText);
  label_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  label_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  setFrameShape(QFrame::NoFrame);
  setFocusPolicy(Qt::NoFocus);  // the label has it
  setWidgetResizable(true);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  viewport()->setAutoFillBackground(false);
  label_->setAutoFillBackground(false);
  setWidget(label_);
  fit();
}

void FixedText::setText(const QString& text) {
  label_->setText(text);
  verticalScrollBar()->setValue(0);
}

QString FixedText::text() const { return label_->text(); }

void FixedText::changeEvent(QEvent* event) {
  QScrollArea::changeEvent(event);
  if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) fit();
}

void FixedText::fit() { setFixedHeight(lines_ * fontMetrics().lineSpacing() + 2); }

}  // namespace imago::gui

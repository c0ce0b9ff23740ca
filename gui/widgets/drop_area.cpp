#include "gui/widgets/drop_area.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/widgets/icons.h"
#include "gui/widgets/page_parts.h"

namespace imago::gui {

EmptyState::EmptyState(const QString& title, const QString& hint, const QList<QAction*>& ways,
                       QWidget* more, QWidget* parent)
    : QWidget(parent) {
  auto* picture = new QLabel(this);
  const int side = 72;
  QPixmap pixmap(QSize(side, side) * devicePixelRatioF());
  pixmap.setDevicePixelRatio(devicePixelRatioF());
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  paintGlyph(painter, Glyph::picture, QRectF(0, 0, side, side),
             palette().color(QPalette::PlaceholderText), 1);
  painter.end();
  picture->setPixmap(pixmap);
  picture->setAlignment(Qt::AlignCenter);
  auto* head = new QLabel(title, this);
  QFont font = head->font();
  font.setPointSizeF(font.pointSizeF() * 1.5);
  head->setFont(font);
  head->setAlignment(Qt::AlignCenter);
  auto* below = new QLabel(hint, this);
  below->setAlignment(Qt::AlignCenter);
  below->setWordWrap(true);
  below->setForegroundRole(QPalette::PlaceholderText);

  auto* buttons = new QHBoxLayout;
  buttons->addStretch();
  for (QAction* way : ways) {
    QPushButton* button = buttonOf(way, this);
    button->setToolTip(way->toolTip());
    buttons->addWidget(button);
  }
  buttons->addStretch();

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(32, 32, 32, 32);
  column->setSpacing(10);
  column->addStretch();
  column->addWidget(picture);
  column->addWidget(head);
  column->addWidget(below);
  column->addSpacing(8);
  column->addLayout(buttons);
  if (more != nullptr) column->addSpacing(12), column->addWidget(more);
  column->addStretch();
}

void EmptyState::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setBrush(palette().color(QPalette::Base));
  painter.setPen(QPen(palette().color(QPalette::Mid), 1.5, Qt::DashLine));
  painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), 8, 8);
}

DropHint::DropHint(QWidget* page) : QWidget(page) {
  setAttribute(Qt::WA_TransparentForMouseEvents);
  hide();
}

void DropHint::appear() {
  setGeometry(parentWidget()->rect());
  raise();
  show();
}

void DropHint::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  QColor veil = palette().color(QPalette::Window);
  veil.setAlpha(200);
  painter.fillRect(rect(), veil);
  const QColor mark = palette().color(QPalette::Highlight);
  painter.setPen(QPen(mark, 3));
  painter.drawRoundedRect(QRectF(rect()).adjusted(8, 8, -8, -8), 10, 10);
  QFont large = font();
  large.setPointSizeF(large.pointSizeF() * 1.6);
  painter.setFont(large);
  painter.setPen(palette().color(QPalette::WindowText));
  painter.drawText(rect(), Qt::AlignCenter, tr("Drop to open"));
}

}  // namespace imago::gui

#include "gui/widgets/page_parts.h"

#include <QLabel>
#include <QPushButton>

namespace imago::gui {

QLabel* heading(const QString& text, QWidget* parent, int height) {
  auto* label = new QLabel(text, parent);
  QFont font = label->font();
  font.setWeight(QFont::DemiBold);
  label->setFont(font);
  if (height > 0) label->setFixedHeight(height);
  return label;
}

QPushButton* buttonOf(QAction* action, QWidget* parent) {
  auto* button = new QPushButton(action->icon(), action->iconText(), parent);
  QObject::connect(button, &QPushButton::clicked, action, &QAction::trigger);
  QObject::connect(action, &QAction::changed, button, [button, action] {
    button->setIcon(action->icon());
    button->setText(action->iconText());
  });
  return button;
}

}  // namespace imago::gui

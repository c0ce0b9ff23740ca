// What every page is put together from.
#pragma once

#include <QAction>
#include <QKeySequence>

#include "gui/widgets/icons.h"

class QLabel;
class QPushButton;
class QWidget;

namespace imago::gui {

/// The title of a part of a page, `height` high; 0: as high as its text.
QLabel* heading(const QString& text, QWidget* parent, int height = 0);

/// An action of `page`, added to it, so that its shortcut works wherever the focus is in the page.
/// `slot` is called when it is triggered, with whether it is checked if it takes that.
template <typename Slot>
QAction* newAction(QWidget* page, Glyph glyph, const QString& text, const QKeySequence& key,
                   Slot slot) {
  auto* action = new QAction(icon(glyph), text, page);
  action->setShortcut(key);
  QObject::connect(action, &QAction::triggered, page, slot);
  page->addAction(action);
  return action;
}

/// A button that triggers the action and shows its icon and text, whatever becomes of them.
QPushButton* buttonOf(QAction* action, QWidget* parent);

}  // namespace imago::gui

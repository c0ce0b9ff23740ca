// What every page is put together from.
#pragma once

#include <QAction>
#include <QKeySequence>

#include "gui/widgets/icons.h"

class QCheckBox;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QMimeData;
class QPushButton;
class QScrollArea;
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
/// The same, and can be pressed only while the action can be triggered.
QPushButton* followingButton(QAction* action, const QString& name, QWidget* parent);
/// A box that is checked as its action is.
QCheckBox* boxOf(QAction* action, const QString& name, QWidget* parent);

/// Text of several lines that says more of what stands above it; it is hidden while it is empty.
QLabel* quietText(const QString& name, QWidget* parent);
void showText(QLabel* label, const QString& text);

// Of pages that translate as one works: a column of tools on the left, views on the right.
/// The choice of a model with a button that opens the file of another.
QHBoxLayout* modelRow(QComboBox* models, QAction* openFile, QWidget* parent);
QScrollArea* toolColumn(QWidget* tools, QWidget* parent);
/// A view below its title, with what is noted of it at the right of that.
QWidget* titledView(const QString& title, QWidget* view, const QList<QWidget*>& notes,
                    QWidget* parent);

/// The first file of what is dragged; empty: there is none.
QString localFile(const QMimeData* data);

}  // namespace imago::gui

// The guide that F1 opens.
#pragma once

#include <QList>
#include <QString>

class QAction;
class QWidget;

namespace imago::gui {

/// The keys of one page.
struct GuideKeys {
  QString page;
  QList<QAction*> actions;  // those without a key are left out
};

/// Opens over `window`; the one that is open already comes to the front.
void showGuide(QWidget* window, const QList<GuideKeys>& keys);

/// Its text, as Markdown.
QString guideText(const QList<GuideKeys>& keys);

}  // namespace imago::gui

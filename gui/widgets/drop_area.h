// What a page shows while it has no photos, and while something is dragged over it.
#pragma once

#include <QWidget>

class QAction;

namespace imago::gui {

/// Says what to do, with a button for each way of doing it.
class EmptyState : public QWidget {
  Q_OBJECT

 public:
  /// `more`: stands below the buttons; may be null.
  EmptyState(const QString& title, const QString& hint, const QList<QAction*>& ways, QWidget* more,
             QWidget* parent = nullptr);

 protected:
  void paintEvent(QPaintEvent* event) override;
};

/// Lies over a page while a drag could be dropped there; lets every event through.
class DropHint : public QWidget {
  Q_OBJECT

 public:
  explicit DropHint(QWidget* page);
  void appear();

 protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace imago::gui

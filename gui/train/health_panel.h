// How a run fares, in plain words.
#pragma once

#include <QScrollArea>

#include "gui/session/train_types.h"

class QVBoxLayout;

namespace imago::gui {

class HealthPanel : public QScrollArea {
  Q_OBJECT

 public:
  explicit HealthPanel(QWidget* parent = nullptr);

  void setHistory(const RunHistory& history);
  /// Everything it says, a line each.
  QString text() const { return text_; }

 private:
  void rebuild();

  RunHistory history_;  // without curves
  QVBoxLayout* column_;
  QString text_;
};

}  // namespace imago::gui

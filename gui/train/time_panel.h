// How long a training may take, and what that means in steps.
#pragma once

#include <QWidget>

#include "gui/session/train_types.h"

class QComboBox;
class QLabel;

namespace imago::gui {

class TimePanel : public QWidget {
  Q_OBJECT

 public:
  explicit TimePanel(QWidget* parent = nullptr);

  /// 0: as many epochs as are chosen.
  int minutes() const;
  void setMinutes(int minutes);
  /// The usual ones for this size: a quick try ends after those chosen last, others with their
  /// epochs.
  void setSize(TrainSize size);

  void showMeasuring();
  void showTime(const TrainSettings& settings, const StepTimeView& time);
  /// Before there is something to measure.
  void showNothing();

 signals:
  void changed();

 private:
  QComboBox* time_;
  QLabel* words_;
};

}  // namespace imago::gui

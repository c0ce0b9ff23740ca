// The advanced settings of a training, behind a fold.
#pragma once

#include <QWidget>

#include "gui/session/train_types.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QSpinBox;
class QToolButton;

namespace imago::gui {

class TrainOptions : public QWidget {
  Q_OBJECT

 public:
  explicit TrainOptions(QWidget* parent = nullptr);

  /// Shows these and offers only what the task has a use for.
  void setSettings(const TrainSettings& settings);
  /// The epochs of these, which follow from a time.
  void showEpochs(const TrainSettings& settings);
  /// `base` with what is set here.
  TrainSettings apply(TrainSettings base) const;

 signals:
  void changed();
  /// A person chose how many epochs.
  void epochsChosen();

 private:
  void makeFields();
  void makeLayout();

  QToolButton* fold_;
  QWidget* fields_;
  QComboBox *side_, *width_, *scale_, *direction_, *ganMode_, *precision_;
  QSpinBox *batch_, *epochs_, *decay_, *seed_;
  QDoubleSpinBox* rate_;
  QCheckBox *flip_, *augment_, *varyColours_, *spectralNorm_, *checkpointing_;
  QLabel *scaleLabel_, *directionLabel_;
};

}  // namespace imago::gui

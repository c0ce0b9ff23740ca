// The advanced settings of a training, behind a fold.
#pragma once

#include <QWidget>

#include "gui/session/option_views.h"
#include "gui/session/train_types.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QGridLayout;
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
  /// A widget of an option, shown where the task's method has that.
  struct Field {
    QString option;
    QWidget* widget;
    QLabel* label;  // null: it says itself what it is
  };
  /// One of those that only some methods have (moreTrainOptions).
  struct MoreField {
    OptionView option;
    QWidget* widget;
  };

  void makeFields();
  void makeLayout();
  void makeMore(const QString& method);
  void showMore(const TrainSettings& settings);
  void showFieldsOf(const TrainSettings& settings);

  QToolButton* fold_;
  QWidget* fields_;
  QGridLayout* layout_ = nullptr;
  QComboBox *side_, *width_, *scale_, *direction_, *ganMode_, *precision_;
  QSpinBox *batch_, *epochs_, *decay_, *seed_;
  QDoubleSpinBox* rate_;
  QCheckBox *flip_, *augment_, *varyColours_, *spectralNorm_, *checkpointing_;
  QList<Field> all_;
  QString method_;  // whose fields these are:
  QList<MoreField> more_;
  QWidget* moreBox_ = nullptr;
};

}  // namespace imago::gui

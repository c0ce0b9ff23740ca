// The samples of a run: sheets of inputs, outputs and targets, and a slider through time.
#pragma once

#include <QPixmap>
#include <QWidget>

#include "gui/session/train_types.h"

class QLabel;
class QScrollArea;
class QSlider;
class QToolButton;

namespace imago::gui {

class TrainingSession;

class SampleView : public QWidget {
  Q_OBJECT

 public:
  SampleView(TrainingSession& session, QWidget* parent = nullptr);

  /// Follows the newest sheet while the slider stands at its end; else stays where it is.
  void setSamples(const QList<RunHistory::Sample>& samples);
  /// The sheet that is shown; null: none.
  QImage picture() const { return picture_; }
  /// Of the sheet the slider stands at; -1: there is none.
  qint64 step() const;

 signals:
  /// Another sheet, from the slider or because a new one came.
  void stepChanged(qint64 step);

 private:
  void show(int index);
  void take(const SampleSheet& sheet);
  void fit();

  TrainingSession& session_;
  QList<RunHistory::Sample> samples_;
  QString wanted_;  // the file that is to be shown
  QString sound_;   // of what is shown
  QImage picture_;
  QScrollArea* area_;
  QWidget* sheet_;
  QLabel *nothing_, *when_;
  QSlider* slider_;
  QToolButton* listen_;
};

}  // namespace imago::gui

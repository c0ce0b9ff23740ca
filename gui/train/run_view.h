// One run: how far it is, its losses and measures, its samples and how it fares.
#pragma once

#include <QWidget>

#include "gui/session/train_types.h"

class QAction;
class QCheckBox;
class QComboBox;
class QProgressBar;
class QPushButton;
class QSlider;
class QStackedWidget;

namespace imago::gui {

class ElidedText;
class HealthPanel;
class LatentPanel;
class LineChart;
class SampleView;
class TrainingSession;

class RunView : public QWidget {
  Q_OBJECT

 public:
  /// Who trains the run that is shown.
  enum class Activity { nobody, here, stoppingHere, elsewhere };

  /// The buttons trigger these actions; a button whose action is invisible is hidden.
  RunView(TrainingSession& session, const QList<QAction*>& actions, QWidget* parent = nullptr);

  /// Another run; what was known of the one before is forgotten.
  void setRun(const RunCard& run);
  const RunCard& run() const { return details_.card; }
  void setDetails(const RunDetails& details);
  void setActivity(Activity activity);
  void setProgress(const TrainProgressView& progress);
  /// What pictures of the run are made on: an index as Device::index; empty: nothing.
  void setDevice(const QString& device);

  LineChart* losses() const { return losses_; }
  LineChart* metrics() const { return metrics_; }
  SampleView* samples() const { return samples_; }
  LatentPanel* latents() const { return latents_; }
  HealthPanel* health() const { return health_; }
  QString progressText() const;

 private:
  QWidget* makeHeader(const QList<QAction*>& actions);
  QWidget* makeProgress();
  QWidget* makeCharts();
  QWidget* makeResults();
  void showProgress();
  void showMetric();
  void showSamples();

  RunDetails details_;
  TrainProgressView live_;  // of this window's training; steps 0: none yet
  Activity activity_ = Activity::nobody;
  ElidedText *name_, *about_, *progressText_;
  QProgressBar* bar_;
  QCheckBox* logarithmic_;
  QSlider* smoothing_;
  QComboBox *metric_, *sampleKind_;
  LineChart *losses_, *metrics_;
  SampleView* samples_;
  LatentPanel* latents_;
  QStackedWidget* sampleStack_;
  HealthPanel* health_;
};

}  // namespace imago::gui

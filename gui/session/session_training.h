// The half of the session that trains: the other class that talks to models/. It works on threads
// of its own and answers by signals that carry values; failures are signals too.
#pragma once

#include <QDeadlineTimer>
#include <QObject>
#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "gui/session/train_types.h"
#include "gui/session/worker_thread.h"

namespace imago {
struct TrainingCallbacks;
struct TrainingResult;
}  // namespace imago

namespace imago::gui {

/// Lives where the widgets live; every function returns at once and is answered by signals.
class TrainingSession : public QObject {
  Q_OBJECT

 public:
  explicit TrainingSession(QObject* parent = nullptr);
  /// Stops a training as stop() does and waits until it is saved.
  ~TrainingSession() override;

  /// Looks at the folder and every picture in it -> dataChecked; dataCheckProgress comes before. A
  /// later call ends an earlier one.
  void checkData(const TrainSettings& settings);
  /// -> memoryEstimated. A later call takes the place of an earlier one that has not begun.
  void estimateMemory(const TrainSettings& settings);

  /// How long a step takes, by taking a few -> stepMeasured. A later call, and resume, end an
  /// earlier one; start waits for it.
  void measureStep(const TrainSettings& settings);

  /// One at a time: trainingProgress, at most ten times a second, then trainingEnded.
  void start(const TrainSettings& settings);
  void resume(const QString& run, const QString& device);
  /// Ends the training after this step, saved so that it can be resumed.
  void stop();
  /// For tests: what minutes are counted by, in milliseconds. Called by the training thread.
  void setClock(std::function<qint64()> clock) { clock_ = std::move(clock); }

  /// The runs in a folder, newest first; `folder` may also be a run itself -> runsListed with the
  /// folder it is in, and with it as `chosen`.
  void listRuns(const QString& folder);
  /// -> runRead. A later call takes the place of an earlier one that has not begun.
  void readRun(const QString& run);
  /// -> sampleLoaded. A later call takes the place of an earlier one that has not begun.
  void loadSample(const QString& file);

 signals:
  void dataCheckProgress(double fraction);
  void dataChecked(const imago::gui::DataReportView& report);
  void memoryEstimated(const imago::gui::MemoryView& memory);
  void stepMeasured(const imago::gui::StepTimeView& time);
  void trainingProgress(const imago::gui::TrainProgressView& progress);
  /// Something to be read; training goes on.
  void trainingWarned(const QString& text);
  void trainingEnded(const imago::gui::TrainEnd& end);
  void runsListed(const QString& folder, const QList<imago::gui::RunCard>& runs,
                  const QString& chosen);
  void runRead(const imago::gui::RunDetails& run);
  void sampleLoaded(const imago::gui::SampleSheet& sheet);

 private:
  struct Work;  // what the threads keep from call to call

  StepTimeView stepTime(const TrainSettings& settings, const std::function<bool()>& goOn);
  void runTraining(const QString& run, int minutes,
                   const std::function<TrainingResult(const TrainingCallbacks&)>& work);

  std::function<qint64()> clock_ = [] { return QDeadlineTimer::current().deadline(); };
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> closing_ = false;
  std::atomic<int> check_ = 0, estimate_ = 0, measuring_ = 0, reading_ = 0,
                   sample_ = 0;  // those that count
  std::unique_ptr<Work> work_;
  // Declared last: they end before anything they use.
  WorkerThread checks_, estimates_, runs_, samples_, training_;
};

}  // namespace imago::gui

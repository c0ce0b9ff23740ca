// A new training: what to learn, from which pictures, how large, and where the run is kept.
#pragma once

#include <QHash>
#include <QTimer>
#include <QWidget>

#include "gui/session/train_types.h"
#include "gui/session/types.h"
#include "gui/widgets/dialogs.h"

class QAction;
class QButtonGroup;
class QFormLayout;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QScrollArea;

namespace imago::gui {

class DataPanel;
class DeviceCombo;
class StartFrom;
class TimePanel;
class TrainingSession;
class TrainOptions;

class TrainForm : public QWidget {
  Q_OBJECT

 public:
  TrainForm(TrainingSession& session, const Dialogs& dialogs, QAction* start,
            QWidget* parent = nullptr);

  void setDevices(const QList<Device>& devices);
  /// Chooses a folder of pictures or sounds, or a table, and has it looked at.
  void setFolder(const QString& folder);
  /// The same for what was dropped, with a task that learns from such.
  void setDropped(const QString& path);
  /// The folder of B, for the tasks that take two; empty: the first one holds both.
  void setSecondFolder(const QString& folder);
  void setTask(TrainTask task);
  /// A model that may be gone on from.
  void addModel(const ModelCard& card);
  /// Goes on from this model, with a task that it serves.
  void setStartFrom(const QString& model);
  void setSize(TrainSize size);
  void setKeptIn(const QString& folder);
  /// Why no training can start now, whatever is chosen; empty: it can.
  void setBusy(const QString& reason);

  /// What is chosen.
  TrainSettings settings() const;
  QString device() const;
  /// Why it cannot start; empty: it can.
  QString problem() const;
  const DataPanel& report() const { return *report_; }

 public slots:
  void askForFolder();
  void askForSecondFolder();

 signals:
  /// Another folder for runs was chosen here.
  void keptInChosen(const QString& folder);
  /// What is this model? addModel is the answer.
  void modelAsked(const QString& file);

 private:
  QWidget* makeTasks();
  QWidget* makeFields();
  QWidget* makeData(QWidget* parent);
  QWidget* makeSecondFolder(QWidget* parent);
  QWidget* makeSizes(QWidget* parent);
  QFormLayout* makeTime(QWidget* parent);
  QWidget* makeRun(QWidget* parent);
  QWidget* makeFooter();
  void takePreset();
  void takeMedium(Medium medium);
  void takeStart();
  void changed(bool pictures);
  void ask();
  void takeReport(const DataReportView& report);
  void takeMemory(const MemoryView& memory);
  void measure();
  void takeTime(const StepTimeView& time);
  void showMemory(const QString& text, bool good);
  QString changesOf(const MemoryView& memory) const;
  void makeItFit();
  void showProblem();

  TrainingSession& session_;
  Dialogs dialogs_;
  QAction* start_;
  TrainSettings preset_;
  TrainSize size_ = TrainSize::quick;
  QString busy_;
  Medium medium_ = Medium::pictures;
  QHash<Medium, QString> chosen_;         // of other media, what `folder_` held
  bool checking_ = false;                 // the report is not about what is chosen
  bool dataPending_ = false;              // ask() is to have the pictures looked at
  bool nameTouched_ = false;              // a person typed the run's name
  bool usable_ = false, byName_ = false;  // of the pictures, by the report
  bool fits_ = false;                     // what is chosen, by the memory told last
  MemoryView fit_;                        // told last
  QTimer delay_;  // so that a spin box that runs does not have all pictures read for each number

  QListWidget* tasks_;
  QScrollArea* scroll_;
  QLineEdit *folder_, *secondFolder_, *name_, *keptIn_;
  QWidget* second_;  // all about the second folder
  QLabel *dataHeading_, *layout_, *sizeWords_, *memory_, *problem_;
  QButtonGroup* sizes_;
  DataPanel* report_;
  DeviceCombo* device_;
  TimePanel* time_;
  QFormLayout* timeForm_;
  StartFrom* startFrom_;
  QLabel* startWords_;
  TrainOptions* options_;
  QPushButton *chooseData_, *clearSecond_, *fitButton_, *startButton_;
};

}  // namespace imago::gui

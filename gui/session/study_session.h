// The part of the session that asks a person which of two pictures is generated
// (models/measure/study.h): makes or reads the pictures, counts the answers, and keeps the result.
#pragma once

#include <QImage>
#include <QObject>
#include <QString>
#include <atomic>
#include <memory>
#include <vector>

#include "gui/session/worker_thread.h"

namespace imago {
class Study;
}

namespace imago::gui {

struct StudyRequest {
  QString model, device;  // device: an index as Device::index; empty: the best
  QString realFolder;     // real pictures of what the model makes
  QString inputFolder;    // what it translates; a model that makes pictures of nothing needs none
  quint64 seed = 0;
  int practice = 10, trials = 40;
};

struct StudyTrial {
  QImage first, second;
  bool practice = false;
  int number = 0, of = 0;  // of practice, or of the trials that count; from 1 on
};

struct StudyResult {
  int trials = 0, fooled = 0;
  double share = 0, low = 0, high = 0;  // the share that fooled, with its interval of 95 %
  QString kept;                         // the report that has it; empty: the model is of no run
  QString error;                        // why it could not be kept
};

/// Lives where the widgets live.
class StudySession : public QObject {
  Q_OBJECT

 public:
  explicit StudySession(QObject* parent = nullptr);
  ~StudySession() override;

  /// Whether a model is given pictures to translate; reads its file. Empty `problem`: it can be
  /// used.
  static bool takesPictures(const QString& model, QString* problem);

  /// -> prepareProgress, ready. A later call ends an earlier one.
  void prepare(const StudyRequest& request);

  /// After ready without a problem.
  bool finished() const;
  StudyTrial trial() const;
  /// Whether it was right.
  bool answer(bool firstIsFake);
  /// Of a finished study; writes it into the report of the model's run, where it is of one.
  StudyResult finish();

 signals:
  void prepareProgress(double fraction);
  /// `problem`: why there can be no study.
  void ready(const QString& problem);

 private:
  struct Pictures {
    std::vector<QImage> fakes, reals;
    QString problem;
  };
  Pictures gather(const StudyRequest& request, int number);

  StudyRequest request_;
  Pictures pictures_;
  std::unique_ptr<Study> study_;
  std::atomic<int> preparing_ = 0;  // number of the preparation that counts
  WorkerThread worker_;             // last: it ends before anything it uses
};

}  // namespace imago::gui

// The photos that are being translated, one after the other, and how far the whole has come.
#pragma once

#include <QElapsedTimer>
#include <QHash>
#include <QObject>
#include <QSet>
#include <deque>

#include "gui/session/types.h"

namespace imago::gui {

class PhotoModel;
class Session;

/// What became of the photos since the queue was last idle.
struct QueueTally {
  int translated = 0, failed = 0, cancelled = 0;
  QStringList files;  // written
  QStringList notes;  // what a person should know of them, with the file's name
};

/// Keeps the states in the PhotoModel true. Cancelling or failing never takes a photo or an earlier
/// translation away.
class TranslateQueue : public QObject {
  Q_OBJECT

 public:
  TranslateQueue(Session& session, PhotoModel& photos, QObject* parent = nullptr);

  /// Photos that wait or run already are left as they are.
  void add(const QList<TranslateRequest>& requests);
  void cancelAll();
  /// Stands still, or goes on. What is added meanwhile waits; cancelling ends it too.
  void setPaused(bool paused);
  bool isPaused() const { return paused_; }
  /// Before a photo is removed from the model.
  void forget(int photo);

  bool isRunning() const { return !inWork_.isEmpty(); }
  /// Of everything added since the queue was last idle.
  int total() const { return total_; }
  int finished() const { return finished_; }
  double fraction() const;
  /// Of everything; -1: not known yet.
  double secondsLeft() const;
  /// What is in work or waits.
  QList<TranslateRequest> unfinished() const;
  /// How many of these are films that go on from where they are when they are asked for again.
  int filmsLeft() const;
  /// The files that are going to be written.
  QSet<QString> outputs() const;

 signals:
  void changed();
  /// A photo takes longer than others, and why; once for each run of the queue.
  void slow(int photo, const QString& why);
  /// A photo's picture is there.
  void translated(int photo);
  /// The model or the device failed: nothing that waited was tried.
  void setupFailed(const QString& reason);
  void idle(const imago::gui::QueueTally& tally);

 private:
  void next();
  void takeProgress(const TranslateProgress& now);
  void takeTranslation(const Translation& translation);
  void takeFailure(const TranslateFailure& failure);
  void finish(int photo);

  Session& session_;
  PhotoModel& photos_;
  std::deque<TranslateRequest> waiting_;
  QList<TranslateRequest> inWork_;  // given to the session and not answered
  QHash<int, double> progress_;     // of those
  double secondsLeft_ = -1;         // of one photo alone
  int total_ = 0, finished_ = 0;
  QueueTally tally_;
  QString slow_;  // what was told of photos that take longer
  bool paused_ = false;
  QElapsedTimer clock_;   // since it goes on
  qint64 elapsedMs_ = 0;  // before that
};

}  // namespace imago::gui

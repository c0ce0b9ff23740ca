// The photos that are being translated, one after the other, and how far the whole has come.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <deque>

#include "gui/session/types.h"

namespace imago::gui {

class PhotoModel;
class Session;

/// Keeps the states in the PhotoModel true. Cancelling or failing never takes a photo or an earlier
/// translation away.
class TranslateQueue : public QObject {
  Q_OBJECT

 public:
  TranslateQueue(Session& session, PhotoModel& photos, QObject* parent = nullptr);

  /// Photos that wait or run already are left as they are.
  void add(const QList<int>& photos, const TranslateSettings& settings);
  void cancelAll();
  /// Before a photo is removed from the model.
  void forget(int photo);

  bool isRunning() const { return current_ != 0; }
  /// Of everything added since the queue was last idle.
  int total() const { return total_; }
  int finished() const { return finished_; }
  double fraction() const;
  /// Of everything; -1: not known yet.
  double secondsLeft() const;

 signals:
  void changed();
  /// A photo's picture is there.
  void translated(int photo);
  /// The model or the device failed: nothing that waited was tried.
  void setupFailed(const QString& reason);
  void idle();

 private:
  void next();
  void finishCurrent();

  Session& session_;
  PhotoModel& photos_;
  std::deque<TranslateRequest> waiting_;
  int current_ = 0;  // photo; 0: none
  TranslateProgress progress_;
  int total_ = 0, finished_ = 0;
  QElapsedTimer clock_;
};

}  // namespace imago::gui

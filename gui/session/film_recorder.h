// Pictures of the app as a film.
#pragma once

#include <QElapsedTimer>
#include <QImage>
#include <QObject>
#include <atomic>
#include <memory>

#include "gui/session/worker_thread.h"

namespace imago::gui {

/// Records pictures as they come, at 25 frames a second at most, into a film or an animation. Lives
/// where the widgets live; every function returns at once.
class FilmRecorder : public QObject {
  Q_OBJECT

 public:
  static constexpr int kFramesPerSecond = 25;

  explicit FilmRecorder(QObject* parent = nullptr);
  /// Finishes what is recorded.
  ~FilmRecorder() override;

  /// "Films (*.mp4 *.mkv …)", for a dialog.
  static QString fileFilter();

  /// Begins a film of pictures of this size; its format is that of the name's extension. `model`:
  /// that makes the pictures, for the film's metadata. -> finished with the reason, where it cannot
  /// be.
  void start(const QString& path, const QSize& size, const QString& model = {});
  bool isRecording() const { return recording_; }
  /// Whether a picture of now would be taken: the one before it is older than a twenty-fifth of a
  /// second, and writing is not behind.
  bool isDue() const;
  /// The picture of now; let go unless it is due.
  void add(const QImage& picture);
  /// -> finished.
  void stop();

 signals:
  /// The film is whole, or there is none and `error` says why. `note`: why it ended by itself.
  void finished(const QString& path, const QString& error, const QString& note);

 private:
  struct Work;  // the film; touched by the worker alone

  template <typename Job>
  void post(Job&& job);
  qint64 frame() const;  // of now

  bool recording_ = false;
  int number_ = 0;  // of the film
  QString path_;
  QElapsedTimer since_;
  qint64 last_ = -1;  // frame
  std::atomic<int> waiting_ = 0;
  std::unique_ptr<Work> work_;
  WorkerThread worker_;  // declared last: it ends before anything it uses
};

}  // namespace imago::gui

// The part of the session that translates a film as it plays, a camera, or the screen. It works on
// threads of its own and answers by signals that carry values; failures are signals too.
#pragma once

#include <QMutex>
#include <QObject>
#include <atomic>
#include <memory>
#include <optional>

#include "gui/session/live_types.h"
#include "gui/session/stream_types.h"
#include "gui/session/worker_thread.h"

namespace imago {
class FilmPlayer;
class FlickerFilter;
class LiveTranslator;
struct LivePicture;
}  // namespace imago

namespace imago::gui {

/// Lives where the widgets live; every function returns at once and is answered by signals. No
/// frame waits for another: of those that come while one is worked on, the newest is next.
class StreamSession : public QObject {
  Q_OBJECT

 public:
  explicit StreamSession(QObject* parent = nullptr);
  /// Ends the source, and the frame under way soon.
  ~StreamSession() override;

  /// From now on this model -> opened, modelFailed or deviceFailed.
  void use(const LiveSettings& settings);
  /// Whether every frame is the mean of as many shifts as the model asks for
  /// (TranslateOptions::shifts), which takes so many times as long.
  void setSmooth(bool on);
  /// The shorter side that frames are reduced to before they are translated; 0: as they are.
  void setSide(int side) { side_ = side; }
  /// Whether results are blended with those before them where the source stands still
  /// (models/translate/flicker.h).
  void setSteady(bool on) { steady_ = on; }
  void setRepeat(bool on);

  /// -> camerasListed.
  void listCameras();
  /// Films and cameras -> sourceOpened, made…, sourceEnded. A later call takes its place.
  void play(const StreamSource& source);
  /// Nothing of the source is told of after this.
  void stop();
  /// A picture of the screen, taken now -> made, unless a newer one comes before its turn.
  void show(const QImage& picture);
  /// Whether one shown before waits still: then another would only cost time.
  bool isBehind() const { return shown_ > 0; }
  /// A result, made by this model, into a picture's file -> pictureSaved.
  void savePicture(const QImage& picture, const QString& path, const QString& model);

 signals:
  /// `problem`: why there can be none; empty: those are all.
  void camerasListed(const QList<imago::gui::StreamCamera>& cameras, const QString& problem);
  void opened(const QString& device);
  /// There is nothing to translate with, or this frame came to nothing.
  void modelFailed(const QString& reason);
  /// The device cannot be opened, or was lost: every frame that follows opens it anew.
  void deviceFailed(const QString& reason);
  /// `perSecond`: frames; 0: not known.
  void sourceOpened(const QSize& size, double perSecond);
  void sourceEnded(const imago::gui::StreamEnd& end);
  void made(const imago::gui::StreamFrame& view);
  /// `error`: why it does not stand; empty: it does.
  void pictureSaved(const QString& path, const QString& error);

 private:
  using Time = std::chrono::steady_clock::time_point;

  void offer(const QImage& picture, Time taken, int playing);
  void take(LivePicture&& picture);
  void tell();
  void endPlayer();

  std::atomic<int> side_ = 0, shown_ = 0;
  std::atomic<bool> steady_ = false, repeat_ = false;
  bool smooth_ = false;
  std::atomic<int> playing_ = 0;                      // number of the source that counts
  std::atomic<quint64> offered_ = 0, forgotten_ = 0;  // the last one, and of those before `stop`
  std::shared_ptr<FilmPlayer> player_;
  QMutex mutex_;
  std::optional<StreamFrame> newest_;  // not yet told; by the mutex
  std::unique_ptr<FlickerFilter> filter_;
  std::unique_ptr<LiveTranslator> live_;
  WorkerThread frames_, cameras_;  // last: they end before anything they use
};

}  // namespace imago::gui

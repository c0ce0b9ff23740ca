// The Live page: a film that plays, a camera or the screen, translated as fast as the network goes.
#pragma once

#include <QElapsedTimer>
#include <QRect>
#include <QWidget>
#include <deque>
#include <optional>

#include "gui/session/live_types.h"
#include "gui/session/stream_types.h"
#include "gui/widgets/dialogs.h"

class QAction;
class QCheckBox;
class QComboBox;
class QLabel;

namespace imago::gui {

class Banner;
class DeviceCombo;
class DropHint;
class FilmRecorder;
class ModelCombo;
class ScreenSource;
class Session;
class StreamSession;
class TwinView;

class LivePage : public QWidget {
  Q_OBJECT

 public:
  LivePage(Session& session, const Dialogs& dialogs, QWidget* parent = nullptr);
  ~LivePage() override;

  /// What the window puts in its menus and tool bar, as of the Translate page.
  struct Actions {
    QAction *openFilm, *region, *openModel, *play, *record, *save, *divided, *steady, *smooth,
        *repeat;
  };
  const Actions& actions() const { return actions_; }
  StreamSession& stream() const { return *stream_; }
  ScreenSource& screenSource() const { return *screen_; }
  /// Chooses a film and plays it.
  void openFilm(const QString& path);
  void setRegion(const QRect& region);
  bool isPlaying() const { return playing_; }
  /// False where a recording is still being written; then closeRequested follows.
  bool mayClose();

 signals:
  /// For a status bar.
  void statusMessage(const QString& text);
  void closeRequested();

 protected:
  void showEvent(QShowEvent* event) override;
  void hideEvent(QHideEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dragLeaveEvent(QDragLeaveEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  using Kind = StreamSource::Kind;

  void makeActions();
  void makeLayout();
  QWidget* makeColumn();
  QWidget* makePictures();
  void connectParts();
  void connectStream();

  void takeCameras(const QList<StreamCamera>& cameras, const QString& problem);
  void useModel();
  void showAbout();
  Kind kind() const;
  void showSource();
  void start();
  void stop();
  void takeDeviceFailure(const QString& reason);
  void endSource(const StreamEnd& end);
  void take(const StreamFrame& frame);
  void countShown(double milliseconds);
  void record();
  void stopRecording();
  void savePicture();
  void finishRecording(const QString& path, const QString& error, const QString& note);
  void complain(const QString& text);
  void updateActions();

  Session& session_;
  Dialogs dialogs_;
  StreamSession* stream_;
  ScreenSource* screen_;
  FilmRecorder* recorder_;
  Actions actions_ = {};
  Banner* banner_;
  TwinView* view_;
  ModelCombo* models_;
  QComboBox *sources_, *sides_;
  DeviceCombo* devices_;
  QLabel *about_, *sourceText_, *rate_, *recordingText_;
  QWidget *openFilm_, *chooseRegion_, *repeatBox_;
  QCheckBox* smoothBox_;
  DropHint* dropHint_;

  QString film_;
  QRect region_;  // of the desktop
  double sourceRate_ = 0;
  bool playing_ = false;
  bool devicesKnown_ = false, wasShown_ = false;
  std::optional<LiveSettings> used_;
  bool failed_ = false;  // used_ could not be opened
  QSize recordedSize_;
  int unfinished_ = 0;  // recordings that are not yet written
  bool closeAfterRecording_ = false;
  QElapsedTimer clock_;
  std::deque<qint64> shown_;  // when frames were, in milliseconds of clock_
  qint64 rateShown_ = 0;
};

}  // namespace imago::gui

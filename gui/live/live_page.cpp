#include "gui/live/live_page.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QLabel>
#include <QSettings>
#include <QSignalBlocker>
#include <utility>

#include "gui/live/model_combo.h"
#include "gui/live/screen_source.h"
#include "gui/live/twin_view.h"
#include "gui/session/film_recorder.h"
#include "gui/session/session.h"
#include "gui/session/stream_session.h"
#include "gui/widgets/banner.h"
#include "gui/widgets/device_combo.h"
#include "gui/widgets/drop_area.h"
#include "gui/widgets/file_names.h"
#include "gui/widgets/icons.h"
#include "gui/widgets/page_parts.h"

namespace imago::gui {

namespace {

constexpr qint64 kRateOverMs = 1500;  // what frames a second are counted over
constexpr qint64 kRateEveryMs = 250;  // numbers that change faster cannot be read
constexpr char kRecordFolderKey[] = "live/recordFolder";
constexpr char kPictureFolderKey[] = "live/pictureFolder";

}  // namespace

LivePage::LivePage(Session& session, const Dialogs& dialogs, QWidget* parent)
    : QWidget(parent),
      session_(session),
      dialogs_(dialogs),
      stream_(new StreamSession(this)),
      screen_(new ScreenSource(this)),
      recorder_(new FilmRecorder(this)) {
  setAcceptDrops(true);
  clock_.start();
  makeActions();
  makeLayout();
  dropHint_ = new DropHint(this);
  screen_->setWanted([this] { return !stream_->isBehind(); });
  connectParts();
  connectStream();
  showAbout();
  showSource();
  updateActions();
}

LivePage::~LivePage() { delete recorder_; }  // it is told of nothing any more, and ends its film

void LivePage::connectParts() {
  connect(&session_, &Session::modelRead, this, [this](const ModelCard& card) {
    if (!models_->put(card)) complain(tr("%1 cannot be used: %2").arg(card.name, card.error));
  });
  connect(&session_, &Session::modelsListed, models_, &ModelCombo::finish);
  connect(&session_, &Session::modelsListed, this, &LivePage::showAbout);
  connect(&session_, &Session::devicesListed, this, [this](const QList<Device>& devices) {
    devicesKnown_ = true;
    devices_->setDevices(devices);
    useModel();
  });
  connect(models_, &ModelCombo::modelChanged, this, [this] {
    showAbout();
    useModel();
    updateActions();
  });
  connect(devices_, &QComboBox::activated, this, &LivePage::useModel);
  connect(sources_, &QComboBox::activated, this, [this] {
    stop();
    showSource();
  });
  connect(sides_, &QComboBox::activated, this,
          [this] { stream_->setSide(sides_->currentData().toInt()); });
  connect(view_, &TwinView::shown, this, &LivePage::countShown);
  connect(screen_, &ScreenSource::taken, stream_, &StreamSession::show);
  connect(screen_, &ScreenSource::failed, this, [this](const QString& reason) {
    endSource({reason, {}});
  });
  connect(recorder_, &FilmRecorder::finished, this, &LivePage::finishRecording);
}

void LivePage::connectStream() {
  connect(stream_, &StreamSession::camerasListed, this, &LivePage::takeCameras);
  connect(stream_, &StreamSession::opened, this, [this] { failed_ = false; });
  connect(stream_, &StreamSession::modelFailed, this, [this](const QString& reason) {
    failed_ = true;
    complain(reason);
  });
  connect(stream_, &StreamSession::deviceFailed, this, &LivePage::takeDeviceFailure);
  connect(stream_, &StreamSession::sourceOpened, this,
          [this](const QSize&, double perSecond) { sourceRate_ = perSecond; });
  connect(stream_, &StreamSession::sourceEnded, this, &LivePage::endSource);
  connect(stream_, &StreamSession::made, this, &LivePage::take);
  connect(stream_, &StreamSession::pictureSaved, this,
          [this](const QString& path, const QString& error) {
            const QString name = QDir::toNativeSeparators(path);
            if (error.isEmpty())
              emit statusMessage(tr("Saved as %1").arg(name));
            else
              complain(tr("Not saved: %1: %2").arg(name, error));
          });
}

void LivePage::complain(const QString& text) { banner_->show(Banner::Kind::error, text); }

// Models.

void LivePage::showAbout() {
  const std::optional<ModelCard> card = models_->model();
  showText(about_, card ? card->description : QString());
  const int shifts = card ? card->shifts : 1;
  smoothBox_->setVisible(shifts > 1);
  smoothBox_->setText(tr("&Smooth, %1 times slower").arg(shifts));
  smoothBox_->setToolTip(
      tr("Each frame is translated at %1 places and the mean is shown, as in a "
         "photo or film that is translated: the fine grid that this model leaves "
         "in its pictures goes away")
          .arg(shifts));
  view_->setHint(card ? tr("Start: the source plays here, and what the model makes of it beside it")
                 : models_->isFinished()
                     ? tr("No model is installed. Open the file of one, or train one.")
                     : tr("Looking for models…"));
}

/// What could not be opened is tried again.
void LivePage::useModel() {
  const std::optional<ModelCard> card = models_->model();
  if (!wasShown_ || !devicesKnown_ || !card || !devices_->hasDevice()) return;
  const LiveSettings settings{card->path, QFileInfo(card->path).lastModified(), devices_->device()};
  if (used_ == settings && !failed_) return;
  used_ = settings;
  failed_ = false;
  banner_->hide();
  stream_->use(settings);
}

void LivePage::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  wasShown_ = true;
  useModel();
  stream_->listCameras();
}

/// Nobody is watched unseen: only a recording goes on.
void LivePage::hideEvent(QHideEvent* event) {
  QWidget::hideEvent(event);
  if (!recorder_->isRecording()) stop();
}

// Sources.

LivePage::Kind LivePage::kind() const { return static_cast<Kind>(sources_->currentData().toInt()); }

void LivePage::takeCameras(const QList<StreamCamera>& cameras, const QString& problem) {
  const Kind chosen = kind();
  const QString address = sources_->currentData(Qt::UserRole + 1).toString();
  while (sources_->count() > 2) sources_->removeItem(sources_->count() - 1);
  const auto add = [&](const QString& name, const QString& at) {
    sources_->addItem(name, static_cast<int>(Kind::camera));
    sources_->setItemData(sources_->count() - 1, at, Qt::UserRole + 1);
    if (chosen == Kind::camera && at == address) sources_->setCurrentIndex(sources_->count() - 1);
  };
  for (const StreamCamera& camera : cameras) add(camera.name, camera.address);
  if (cameras.isEmpty()) add(tr("Camera"), {});
  sources_->setItemData(2, problem, Qt::ToolTipRole);
  if (chosen == Kind::camera && kind() != Kind::camera) sources_->setCurrentIndex(2);
  showSource();
}

void LivePage::showSource() {
  const Kind now = kind();
  openFilm_->setVisible(now == Kind::film);
  repeatBox_->setVisible(now == Kind::film);
  chooseRegion_->setVisible(now == Kind::screen);
  QString text;
  if (now == Kind::film && !film_.isEmpty()) text = QFileInfo(film_).fileName();
  if (now == Kind::screen)
    text = region_.isNull()
               ? tr("All of this screen")
               : tr("%1 × %2 of the screen").arg(region_.width()).arg(region_.height());
  showText(sourceText_, text);
  updateActions();
}

void LivePage::openFilm(const QString& path) {
  if (path.isEmpty()) return;
  film_ = QFileInfo(path).absoluteFilePath();
  sources_->setCurrentIndex(sources_->findData(static_cast<int>(Kind::film)));
  showSource();
  start();
}

void LivePage::setRegion(const QRect& region) {
  if (region.isNull()) return;
  region_ = region;
  sources_->setCurrentIndex(sources_->findData(static_cast<int>(Kind::screen)));
  showSource();
  start();
}

void LivePage::start() {
  stop();
  const QString camera = sources_->currentData(Qt::UserRole + 1).toString();
  if (kind() == Kind::film && film_.isEmpty()) return actions_.openFilm->trigger();
  if (kind() == Kind::camera && camera.isEmpty()) {
    const QString problem = sources_->currentData(Qt::ToolTipRole).toString();
    stream_->listCameras();
    complain(problem.isEmpty() ? tr("No camera was found. Plug one in, then press Start again.")
                               : problem);
    return;
  }
  banner_->hide();
  if (failed_) useModel();
  playing_ = true;
  sourceRate_ = 0;
  shown_.clear();
  rate_->setText(tr("Preparing…"));
  stream_->setSide(sides_->currentData().toInt());
  stream_->setSteady(actions_.steady->isChecked());
  if (kind() == Kind::screen)
    screen_->start(region_.isNull() ? screen()->geometry() : region_);
  else
    stream_->play({kind(), kind() == Kind::film ? film_ : camera, actions_.repeat->isChecked()});
  updateActions();
}

void LivePage::stop() {
  if (!std::exchange(playing_, false)) return;
  screen_->stop();
  stream_->stop();
  stopRecording();
  rate_->clear();
  updateActions();
}

void LivePage::endSource(const StreamEnd& end) {
  if (!playing_) return;
  const bool film = kind() == Kind::film;
  stop();
  if (!end.error.isEmpty())
    complain(film ? tr("%1 cannot be played: %2").arg(QFileInfo(film_).fileName(), end.error)
                  : end.error);
  else if (!end.note.isEmpty())
    banner_->show(Banner::Kind::info, QFileInfo(film_).fileName() + ": " + end.note);
}

/// Ends what plays and what is recorded: a device that is lost with each frame helps nobody.
void LivePage::takeDeviceFailure(const QString& reason) {
  if (std::exchange(failed_, true) && !playing_) return;  // of a frame that was on its way
  const bool recorded = recorder_->isRecording();
  if (!playing_) return complain(reason);
  stop();
  complain((recorded
                ? tr("Playing and recording ended, the film is whole: %1. Press Start to go on.")
                : tr("Playing ended: %1. Press Start to go on."))
               .arg(reason));
}

// Frames.

void LivePage::take(const StreamFrame& frame) {
  if (!playing_) return;
  view_->setPictures(frame.before, frame.after, frame.taken);
  if (!recorder_->isRecording()) return updateActions();
  if (frame.after.size() == recordedSize_) return recorder_->add(frame.after);
  stopRecording();
  banner_->show(Banner::Kind::info,
                tr("Frames have another size now: recording ended, the film is whole."));
}

void LivePage::countShown(double milliseconds) {
  if (!playing_) return;
  const qint64 now = clock_.elapsed();
  shown_.push_back(now);
  while (now - shown_.front() > kRateOverMs && shown_.size() > 2) shown_.pop_front();
  if (shown_.size() > 1 && now - rateShown_ < kRateEveryMs) return;
  rateShown_ = now;
  const QString latency = tr("%1 ms from source to picture").arg(qRound(milliseconds));
  if (shown_.size() < 2 || now == shown_.front()) return rate_->setText(latency);
  const double perSecond = 1000.0 * double(shown_.size() - 1) / double(now - shown_.front());
  const QString rate = QString::number(perSecond, 'f', perSecond < 10 ? 1 : 0);
  rate_->setText((sourceRate_ > 0 ? tr("%1 of %2 frames a second, %3")
                                        .arg(rate, QString::number(qRound(sourceRate_)), latency)
                                  : tr("%1 frames a second, %2").arg(rate, latency)));
}

// Recording.

void LivePage::record() {
  if (recorder_->isRecording()) return stopRecording();
  const QImage& shown = view_->after();
  const QString model = models_->model() ? models_->model()->name : QString();
  if (!playing_ || shown.isNull()) return updateActions();
  const QString folder = QSettings().value(kRecordFolderKey, QDir::homePath()).toString();
  const QString name = "live_" + fileNamePart(model);
  const QString path = dialogs_.saveFile(this, tr("Record"), freePath(folder, name + ".mp4"),
                                         FilmRecorder::fileFilter());
  if (path.isEmpty() || !playing_) return updateActions();
  QSettings().setValue(kRecordFolderKey, QFileInfo(path).absolutePath());
  recordedSize_ = shown.size();
  ++unfinished_;
  recorder_->start(path, recordedSize_, model);
  recorder_->add(shown);
  updateActions();
}

void LivePage::stopRecording() {
  if (recorder_->isRecording()) recorder_->stop();
  updateActions();
}

/// The result that is seen now, before the question for a name takes its time.
void LivePage::savePicture() {
  const QImage picture = view_->after();
  if (picture.isNull()) return;
  const QString model = models_->model() ? models_->model()->name : QString();
  const QString folder = QSettings().value(kPictureFolderKey, picturesFolder()).toString();
  const QString path =
      dialogs_.saveAs(this, freePath(folder, "live_" + fileNamePart(model) + ".png"));
  if (path.isEmpty()) return;
  QSettings().setValue(kPictureFolderKey, QFileInfo(path).absolutePath());
  stream_->savePicture(picture, path, model);
}

void LivePage::finishRecording(const QString& path, const QString& error, const QString& note) {
  --unfinished_;
  const QString name = QDir::toNativeSeparators(path);
  if (!error.isEmpty())
    complain(tr("Not recorded: %1: %2").arg(name, error));
  else if (!note.isEmpty())
    banner_->show(Banner::Kind::info, name + ": " + note);
  else
    emit statusMessage(tr("Saved as %1").arg(name));
  if (!isVisible() && !recorder_->isRecording()) stop();
  updateActions();
  if (unfinished_ == 0 && std::exchange(closeAfterRecording_, false) && error.isEmpty())
    emit closeRequested();
}

bool LivePage::mayClose() {
  stop();
  closeAfterRecording_ = unfinished_ > 0;
  return !closeAfterRecording_;
}

void LivePage::updateActions() {
  const bool recording = recorder_->isRecording();
  actions_.play->setText(playing_ ? tr("&Stop") : tr("&Start"));
  actions_.play->setIcon(icon(playing_ ? Glyph::stop : Glyph::play));
  actions_.play->setEnabled(playing_ || models_->model().has_value());
  actions_.record->setText(recording ? tr("Stop &Recording") : tr("&Record…"));
  actions_.record->setChecked(recording);
  actions_.save->setEnabled(!view_->after().isNull());
  actions_.record->setEnabled(recording || (playing_ && !view_->after().isNull()));
  recordingText_->setVisible(recording);
}

void LivePage::dragEnterEvent(QDragEnterEvent* event) {
  if (localFile(event->mimeData()).isEmpty()) return;
  event->acceptProposedAction();
  dropHint_->appear();
}

void LivePage::dragLeaveEvent(QDragLeaveEvent*) { dropHint_->hide(); }

void LivePage::dropEvent(QDropEvent* event) {
  dropHint_->hide();
  openFilm(localFile(event->mimeData()));
  event->acceptProposedAction();
}

}  // namespace imago::gui

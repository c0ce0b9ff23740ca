#include "gui/session/stream_session.h"

#include <limits>
#include <utility>

#include "gui/session/session_pixels.h"
#include "gui/session/session_reason.h"
#include "gui/session/session_work.h"
#include "models/translate/flicker.h"
#include "models/translate/live.h"
#include "models/video/camera.h"
#include "models/video/player.h"

namespace imago::gui {

namespace {

/// What the network is given of a frame: 8 bits without alpha, its shorter side `side` at most. The
/// longer one is even then, as films have it.
QImage reduced(const QImage& picture, int side) {
  const QImage rgb = picture.convertToFormat(QImage::Format_RGB888);
  const int shorter = std::min(rgb.width(), rgb.height());
  if (side <= 0 || shorter <= side) return rgb;
  const auto scaled = [&](int length) {
    return length == shorter ? side : 2 * qRound(0.5 * length * side / shorter);
  };
  return rgb
      .scaled(scaled(rgb.width()), scaled(rgb.height()), Qt::IgnoreAspectRatio,
              Qt::SmoothTransformation)
      .convertToFormat(QImage::Format_RGB888);
}

LiveOptions live_options(bool smooth) {
  LiveOptions options;
  if (smooth) options.moving.shifts.reset();
  return options;
}

}  // namespace

StreamSession::StreamSession(QObject* parent)
    : QObject(parent), filter_(std::make_unique<FlickerFilter>()) {
  live_ = std::make_unique<LiveTranslator>(
      LiveTranslator::Listener{.opened =
                                   [this](const Translator& translator) {
                                     filter_->forget();
                                     emit opened(QString::fromStdString(translator.device().name));
                                   },
                               .made = [this](LivePicture picture) { take(std::move(picture)); },
                               .failed =
                                   [this](const std::exception& error) {
                                     const QString reason = reason_for(error);
                                     if (is_of_device(error))
                                       emit deviceFailed(reason);
                                     else
                                       emit modelFailed(reason);
                                   }});
}

StreamSession::~StreamSession() {
  ++playing_;
  player_.reset();
}

void StreamSession::use(const LiveSettings& settings) {
  live_->use(
      [settings] {
        return Translator(load_models(settings.modelPath), settings.device.toStdString());
      },
      live_options(smooth_));
}

void StreamSession::setSmooth(bool on) {
  smooth_ = on;
  live_->change(live_options(on));
}

void StreamSession::setRepeat(bool on) {
  repeat_ = on;
  if (player_) player_->repeat(on);
}

void StreamSession::listCameras() {
  cameras_.post([this] {
    QList<StreamCamera> found;
    for (const Camera& camera : list_cameras())
      found.append({QString::fromStdString(camera.name), QString::fromStdString(camera.address)});
    emit camerasListed(found, cameras_are_read()
                                  ? QString()
                                  : tr("This program was made without FFmpeg's libavdevice, which "
                                       "reads cameras."));
  });
}

void StreamSession::play(const StreamSource& source) {
  endPlayer();
  const int number = playing_;
  repeat_ = source.repeat;
  const bool camera = source.kind == StreamSource::Kind::camera;
  const QString name = source.address;
  FilmPlayer::Listener listener;
  listener.opened = [=, this](const FilmInfo& info) {
    const double rate =
        info.rate.numerator > 0 ? double(info.rate.numerator) / info.rate.denominator : 0;
    if (number == playing_) emit sourceOpened({info.width, info.height}, rate);
  };
  listener.frame = [=, this](const Raster& picture, Time taken) {
    offer(to_qimage(picture), taken, number);
  };
  listener.ended = [=, this](const std::string& note) {
    if (number == playing_) emit sourceEnded({{}, QString::fromStdString(note)});
  };
  listener.failed = [=, this](const std::exception& error) {
    if (number == playing_) emit sourceEnded({reason_for(error, name), {}});
  };
  const auto open = [=] {
    return camera ? open_camera(name.toStdString())
                  : open_film(to_path(name), ImageReadOptions{}.max_pixels);
  };
  player_ = std::make_shared<FilmPlayer>(
      open, camera ? FilmPlayer::Pace::at_once : FilmPlayer::Pace::at_its_times, source.repeat,
      std::move(listener));
}

void StreamSession::stop() {
  endPlayer();
  forgotten_ = offered_.load();
  const QMutexLocker lock(&mutex_);
  newest_.reset();
}

/// A camera may take a while to let go: the widgets do not wait for it.
void StreamSession::endPlayer() {
  ++playing_;
  if (player_) cameras_.post([old = std::exchange(player_, nullptr)]() mutable { old.reset(); });
}

void StreamSession::show(const QImage& picture) {
  ++shown_;
  frames_.post([=, this, taken = std::chrono::steady_clock::now(), number = playing_.load()] {
    --shown_;
    if (shown_ == 0) offer(picture, taken, number);
  });
}

void StreamSession::savePicture(const QImage& picture, const QString& path, const QString& model) {
  frames_.post([=, this] {
    QString error;
    try {
      SaveOptions options;
      options.origin = Origin::composite_with_trained_model;
      options.creator = "Imago " IMAGO_VERSION ", " + model.toStdString();
      save_raster(to_raster(picture, PictureDetails{}), to_path(path), options);
    } catch (const std::exception& reason) {
      error = reason_for(reason, path);
    }
    emit pictureSaved(path, error);
  });
}

void StreamSession::offer(const QImage& picture, Time taken, int playing) {
  if (playing != playing_) return;
  offered_ = live_->offer(to_raster(reduced(picture, side_), PictureDetails{}), taken);
}

/// In the network's thread. The widgets get the newest when they are ready for it, and no other.
void StreamSession::take(LivePicture&& picture) {
  if (picture.number <= forgotten_) return;
  if (steady_)
    filter_->smooth(*picture.source, picture.picture);
  else
    filter_->forget();
  const auto since = std::chrono::duration<double>(picture.latency);
  StreamFrame view{to_qimage(*picture.source), to_qimage(picture.picture),
                   std::chrono::steady_clock::now()};
  view.taken -= std::chrono::duration_cast<std::chrono::steady_clock::duration>(since);
  const QMutexLocker lock(&mutex_);
  if (!std::exchange(newest_, view)) QMetaObject::invokeMethod(this, &StreamSession::tell);
}

void StreamSession::tell() {
  std::optional<StreamFrame> view;
  {
    const QMutexLocker lock(&mutex_);
    view = std::exchange(newest_, std::nullopt);
  }
  if (view) emit made(*view);
}

}  // namespace imago::gui

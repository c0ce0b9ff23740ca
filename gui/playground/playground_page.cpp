#include "gui/playground/playground_page.h"

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QDir>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QSaveFile>
#include <QSlider>
#include <QStandardPaths>
#include <algorithm>
#include <cmath>

#include "gui/playground/play_canvas.h"
#include "gui/playground/play_controls.h"
#include "gui/playground/play_scales.h"
#include "gui/playground/play_side.h"
#include "gui/session/film_recorder.h"
#include "gui/session/playground_session.h"
#include "gui/session/session.h"
#include "gui/widgets/banner.h"
#include "gui/widgets/curve.h"
#include "gui/widgets/device_combo.h"
#include "gui/widgets/icons.h"

namespace imago::gui {

namespace {

constexpr int kPictureSide = 1040, kFilmSide = 640;

QString suggested(const QString& name, QStandardPaths::StandardLocation place) {
  return QDir(QStandardPaths::writableLocation(place)).filePath(name);
}

}  // namespace

PlaygroundPage::PlaygroundPage(Session& devices, const Dialogs& dialogs, QWidget* parent)
    : QWidget(parent), dialogs_(dialogs), recorder_(new FilmRecorder(this)) {
  makeActions();
  makeLayout();
  addSide();
  setSpeed();
  connect(recorder_, &FilmRecorder::finished, this,
          [this](const QString& path, const QString& error) {
            if (error.isEmpty())
              emit statusMessage(tr("Saved as %1").arg(QDir::toNativeSeparators(path)));
            else
              banner_->show(Banner::Kind::error, QDir::toNativeSeparators(path) + ": " + error);
            updateActions();
          });
  connect(&devices, &Session::devicesListed, this, [this](const QList<Device>& found) {
    const QString before = device_->device();
    device_->setDevices(found);
    if (begun_ && device_->device() != before) begin(active().look().settings);
    updateActions();
  });
  updateActions();
}

PlaySide& PlaygroundPage::addSide() {
  auto* side = new PlaySide(this);
  side->setObjectName(QString("playSide%1").arg(sides_.size()));
  row_->addWidget(side, 1);
  sides_.push_back(side);
  connect(side, &PlaySide::looked, this, [this, side](const PlayLook& look) {
    if (side == sides_[active_]) take(look);
  });
  connect(side, &PlaySide::remedyRequested, this, [this, side](const PlaySettings& settings) {
    setActive(side == sides_[0] ? 0 : 1);
    showSettings(settings);
    change(settings);
    emit statusMessage(tr("The settings on the right are changed; watch what comes of it."));
  });
  PlaygroundSession* session = &side->session();
  connect(session, &PlaygroundSession::failed, this, [this](const QString& text) {
    setRunning(false);
    banner_->show(Banner::Kind::error, text);
  });
  connect(session, &PlaygroundSession::deviceFailed, this, [this](const QString& reason) {
    setRunning(false);
    const bool recorded = recorder_->isRecording();
    recorder_->stop();
    updateActions();
    banner_->show(Banner::Kind::error,
                  (recorded ? tr("The run pauses and the film is whole: %1. Run repeats it up to "
                                 "here and goes on.")
                            : tr("The run pauses: %1. Run repeats it up to here and goes on."))
                      .arg(reason));
  });
  connect(session, &PlaygroundSession::repeating, this, [this](double fraction) {
    emit statusMessage(tr("Repeating the run: %1 %").arg(std::lround(fraction * 100)));
  });
  connect(session, &PlaygroundSession::opened, this, [this, side](const QString& path) {
    if (side == &active()) showSettings(side->look().settings);
    emit statusMessage(tr("%1 is repeated").arg(QDir::toNativeSeparators(path)));
  });
  connect(session, &PlaygroundSession::saved, this,
          [this](const QString& path, const QString& error) {
            if (error.isEmpty())
              emit statusMessage(tr("Saved as %1").arg(QDir::toNativeSeparators(path)));
            else
              banner_->show(Banner::Kind::error, error);
          });
  connect(&side->canvas(), &PlayCanvas::painted, this, &PlaygroundPage::record);
  connect(&side->canvas(), &PlayCanvas::drawn, this, [this](const QList<QPointF>& places) {
    PlaySettings settings = controls_->settings();
    settings.drawn = places;
    showSettings(settings);
    change(settings);
  });
  return *side;
}

// Runs.

void PlaygroundPage::begin(const PlaySettings& settings) {
  begun_ = true;
  banner_->hide();
  for (PlaySide* side : sides_) {
    const PlaySettings own =
        side == &active() || !side->look().scene ? settings : side->look().settings;
    side->session().setDevice(device_->device());
    side->session().start(own);
  }
}

void PlaygroundPage::change(const PlaySettings& settings) {
  showRate(settings);
  updateDrawing();
  if (settings.data == "drawn" && settings.drawn.isEmpty()) return;  // until something is drawn
  banner_->hide();
  active().session().change(settings);
}

void PlaygroundPage::choosePreset(int row) {
  const PlayPreset& preset = PlaygroundSession::presets()[row];
  presetText_->setText(preset.text);
  showSettings(preset.settings);
  speed_->setValue(sliderOfSpeed(preset.speed));
  begin(preset.settings);
}

void PlaygroundPage::setRunning(bool running) {
  running_ = running;
  for (PlaySide* side : sides_) side->session().setRunning(running);
  updateActions();
}

void PlaygroundPage::setSpeed() {
  const double speed = speedOfSlider(speed_->value());
  speedText_->setText(speed > 0 ? tr("%1 steps/s").arg(shortNumber(speed))
                                : tr("as fast as it goes"));
  for (PlaySide* side : sides_) side->session().setSpeed(speed);
}

void PlaygroundPage::setRate() {
  PlaySettings settings = controls_->settings();
  settings.generator.rate = settings.discriminator.rate = rateOfSlider(rate_->value());
  showSettings(settings);
  change(settings);
}

/// Wherever settings are shown.
void PlaygroundPage::showSettings(const PlaySettings& settings) {
  controls_->setSettings(settings);
  showRate(settings);
  updateDrawing();
}

void PlaygroundPage::showRate(const PlaySettings& settings) {
  const double g = settings.generator.rate, d = settings.discriminator.rate;
  const QSignalBlocker quiet(rate_);
  rate_->setValue(sliderOfRate(g));
  rateText_->setText(g == d ? shortNumber(g)
                            : tr("G %1, D %2").arg(shortNumber(g), shortNumber(d)));
}

void PlaygroundPage::goTo(int moment) {
  const QList<qint64>& moments = active().look().moments;
  if (moment < 0 || moment >= moments.size()) return;
  running_ = false;
  wanted_ = moments[moment];
  for (PlaySide* side : sides_) {
    // The newest moment of each that is not later.
    const QList<qint64>& own = side->look().moments;
    const auto later = std::ranges::upper_bound(own, moments[moment]);
    side->session().goTo(static_cast<int>(std::max<qsizetype>(later - own.begin() - 1, 0)));
  }
  updateActions();
}

void PlaygroundPage::take(const PlayLook& look) {
  const QSignalBlocker quiet(moments_);
  moments_->setRange(0, static_cast<int>(look.moments.size()) - 1);
  const auto here = std::ranges::upper_bound(look.moments, look.iteration);
  if (!moments_->isSliderDown())
    moments_->setValue(static_cast<int>(here - look.moments.begin()) - 1);
  momentText_->setText(
      tr("step %1 of %2")
          .arg(QLocale().toString(look.iteration), QLocale().toString(look.moments.last())));
  if (look.iteration == wanted_) {
    // The settings are those of that time.
    wanted_ = -1;
    showSettings(look.settings);
  }
  actions_.part->setText(look.between ? tr("&Generator's Part") : tr("&Discriminator's Part"));
}

// Two runs.

void PlaygroundPage::setCompared(bool on) {
  if (on == (sides_.size() == 2)) return;
  if (on) {
    const PlaySettings same = controls_->settings();
    PlaySide& side = addSide();
    side.canvas().setLayers(sides_[0]->canvas().layers());
    active_ = 1;
    setSpeed();
    setRunning(running_);
    // Both from the start, and equal: whatever is changed now makes the difference.
    for (PlaySide* each : sides_) {
      each->session().setDevice(device_->device());
      each->session().start(same);
    }
  } else {
    PlaySide* second = sides_.back();
    sides_.pop_back();
    active_ = 0;
    delete second;
    showSettings(active().look().settings);
  }
  for (size_t i = 0; i < sides_.size(); ++i) {
    sides_[i]->setNarrow(on);
    sides_[i]->setTitle(on ? i == 0 ? tr("First run") : tr("Second run") : QString());
  }
  edited_->setVisible(on);
  const QSignalBlocker quiet(edited_);
  edited_->setCurrentIndex(static_cast<int>(active_));
  updateDrawing();
}

void PlaygroundPage::setActive(int side) {
  if (side < 0 || static_cast<size_t>(side) >= sides_.size()) return;
  active_ = static_cast<size_t>(side);
  const QSignalBlocker quiet(edited_);
  edited_->setCurrentIndex(side);
  showSettings(active().look().settings);
  take(active().look());
}

// Files.

void PlaygroundPage::openRun() {
  const QString path =
      dialogs_.openFile(this, tr("Open a Run"), tr("Runs of the playground (*.json)"));
  if (path.isEmpty()) return;
  setRunning(false);
  begun_ = true;
  banner_->hide();
  active().session().setDevice(device_->device());
  active().session().open(path);
}

void PlaygroundPage::saveRun() {
  const QString path = dialogs_.saveFile(this, tr("Save the Run"),
                                         suggested("run.json", QStandardPaths::DocumentsLocation),
                                         tr("Runs of the playground (*.json)"));
  if (!path.isEmpty()) active().session().save(path);
}

void PlaygroundPage::savePicture() {
  const QString path = dialogs_.saveFile(
      this, tr("Save the Picture"), suggested("playground.png", QStandardPaths::PicturesLocation),
      tr("PNG (*.png)"));
  if (path.isEmpty()) return;
  QSaveFile file(path);
  if (file.open(QIODevice::WriteOnly) && pictureOfSides(kPictureSide).save(&file, "PNG") &&
      file.commit())
    emit statusMessage(tr("Saved as %1").arg(QDir::toNativeSeparators(path)));
  else
    banner_->show(
        Banner::Kind::error,
        tr("%1 cannot be written: %2").arg(QDir::toNativeSeparators(path), file.errorString()));
}

/// Both runs side by side where two are compared.
QImage PlaygroundPage::pictureOfSides(int side) const {
  QImage all(side * static_cast<int>(sides_.size()), side, QImage::Format_RGB32);
  QPainter painter(&all);
  for (size_t i = 0; i < sides_.size(); ++i)
    painter.drawImage(static_cast<int>(i) * side, 0, sides_[i]->canvas().picture(side));
  return all;
}

void PlaygroundPage::setRecorded(bool on) {
  if (!on) {
    recorder_->stop();
  } else {
    const QString path = dialogs_.saveFile(
        this, tr("Record a Film"), suggested("playground.mp4", QStandardPaths::MoviesLocation),
        FilmRecorder::fileFilter());
    if (!path.isEmpty())
      recorder_->start(path, {kFilmSide * static_cast<int>(sides_.size()), kFilmSide});
  }
  updateActions();
  record();
}

/// What is seen, into the film.
void PlaygroundPage::record() {
  if (recorder_->isDue()) recorder_->add(pictureOfSides(kFilmSide));
}

// What follows from what.

void PlaygroundPage::updateDrawing() {
  const PlaySettings& settings = controls_->settings();
  for (PlaySide* side : sides_)
    side->canvas().setDrawing(side == &active() && settings.data == "drawn", settings.drawn);
}

void PlaygroundPage::updateActions() {
  const bool can = device_->hasDevice();
  for (QAction* action :
       {actions_.run, actions_.part, actions_.step, actions_.reset, actions_.compare, actions_.open,
        actions_.save, actions_.picture, actions_.record})
    action->setEnabled(can);
  const bool recording = recorder_->isRecording();
  actions_.record->setText(recording ? tr("Stop Recor&ding") : tr("Recor&d a Film…"));
  actions_.record->setChecked(recording);
  actions_.compare->setEnabled(can && !recording);  // the film's size is set
  actions_.run->setText(running_ ? tr("&Pause") : tr("&Run"));
  actions_.run->setIcon(icon(running_ ? Glyph::pause : Glyph::play));
}

void PlaygroundPage::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  if (!begun_ && device_->hasDevice()) choosePreset(preset_->currentIndex());
  if (wasRunning_) setRunning(true);
  wasRunning_ = false;
}

/// Who cannot be seen does not keep the device busy.
void PlaygroundPage::hideEvent(QHideEvent* event) {
  QWidget::hideEvent(event);
  wasRunning_ = running_;
  if (running_) setRunning(false);
}

}  // namespace imago::gui

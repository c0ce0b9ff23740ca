// What the Translate page does with its photos: how they are given to the queue, and what is told
// of them meanwhile and afterwards.
#include <QAction>
#include <QFileInfo>
#include <QLabel>
#include <QListView>
#include <QProgressBar>
#include <QPushButton>
#include <algorithm>
#include <utility>

#include "gui/session/session.h"
#include "gui/session/words.h"
#include "gui/translate/model_panel.h"
#include "gui/translate/options_panel.h"
#include "gui/translate/output_panel.h"
#include "gui/translate/photo_model.h"
#include "gui/translate/photo_saver.h"
#include "gui/translate/speeds.h"
#include "gui/translate/translate_page.h"
#include "gui/translate/translate_queue.h"
#include "gui/widgets/banner.h"
#include "gui/widgets/icons.h"
#include "gui/widgets/section.h"

namespace imago::gui {

namespace {

/// Nothing is being done with it.
bool isIdle(const Photo& photo) {
  return photo.state != PhotoState::waiting && photo.state != PhotoState::running;
}

QString summaryOf(const QueueTally& tally, int skipped) {
  const auto tr = [](const char* text) { return TranslatePage::tr(text); };
  QStringList parts = {tr("%1 translated").arg(tally.translated)};
  if (skipped > 0) parts.append(tr("%1 skipped, because their files are there").arg(skipped));
  if (tally.failed > 0) parts.append(tr("%1 failed").arg(tally.failed));
  if (tally.cancelled > 0) parts.append(tr("%1 cancelled").arg(tally.cancelled));
  return parts.join(", ") + ".";
}

}  // namespace

void TranslatePage::chooseModel(const QString& pathOrName) { models_->choose(pathOrName); }

void TranslatePage::chooseDevice(const QString& indexOrName) {
  wantedDevice_ = indexOrName;
  if (!devicesKnown_ || wantedDevice_.isEmpty()) return;
  if (!options_->chooseDevice(wantedDevice_)) {
    banner_->show(Banner::Kind::error,
                  tr("There is no device %1. Choose one of the list.").arg(wantedDevice_));
  }
}

void TranslatePage::takeDevices(const QList<Device>& devices, const QString& error) {
  devicesKnown_ = true;
  options_->setDevices(devices);
  if (!devices.isEmpty()) {
    deviceBanner_->hide();
    chooseDevice(wantedDevice_);
  } else {
    const QString what =
        tr("Imago found no device to compute on, so it cannot translate yet. Install the Vulkan "
           "driver of your graphics card. Without one, the processor can do the work: install "
           "mesa-vulkan-drivers (Debian, Ubuntu, Fedora) or vulkan-swrast (Arch).");
    deviceBanner_->show(Banner::Kind::error, error.isEmpty() ? what : what + "\n" + error,
                        tr("Look Again"));
  }
  updateActions();
}

void TranslatePage::translate(const QList<int>& photos, bool write) {
  const std::optional<ModelCard> model = models_->current();
  if (!model || !options_->hasDevice()) return;
  const QList<TranslateRequest> requests = requestsFor(
      photos, *model,
      write || photos.size() > 1 || output_->settings().single || isFilm(photos.value(0)));
  banner_->hide();
  models_->markUsed();
  if (!requests.isEmpty()) return queue_->add(requests);
  if (!queue_->isRunning()) finishQueue({});
}

/// Its result is always a file.
bool TranslatePage::isFilm(int id) const {
  const Photo* photo = photos_->find(id);
  return photo != nullptr && photo->film;
}

QList<TranslateRequest> TranslatePage::requestsFor(const QList<int>& photos, const ModelCard& model,
                                                   bool write) {
  QList<int> idle;
  for (const int id : photos) {
    if (isIdle(*photos_->find(id))) idle.append(id);
  }
  TranslateSettings settings = options_->settings();
  settings.modelPath = model.path;
  const OutputSettings& output = output_->settings();
  QList<TranslateRequest> requests;
  if (!write) {
    for (const int id : idle)
      requests.append({photos_->find(id)->source(), settings, {}, 0, false});
    return requests;
  }
  for (const PlannedOutput& planned :
       planOutputs(*photos_, idle, model.name, output, queue_->outputs())) {
    if (!planned.skip) {
      requests.append({photos_->find(planned.photo)->source(), settings, planned.path,
                       output.quality, isFilm(planned.photo)});
      continue;
    }
    ++skipped_;
    photos_->edit(planned.photo, [&](Photo& photo) {
      photo.note = tr("Skipped: %1 is there").arg(QFileInfo(planned.path).fileName());
    });
  }
  return requests;
}

void TranslatePage::trySample(const ModelCard& model) {
  models_->choose(model.path);
  sample_ = QFileInfo(model.photo).absoluteFilePath();
  openPaths({sample_});
}

/// Once it has been read.
void TranslatePage::translateSample() {
  const Photo* photo = sample_.isEmpty() ? nullptr : photos_->findFile(sample_);
  if (photo == nullptr || photo->state == PhotoState::reading) return;
  sample_.clear();
  translate({photo->id}, false);
}

/// What it took, for the forecasts of others.
void TranslatePage::rememberTime(int id) {
  const std::optional<ModelCard> model = models_->current();
  const Photo* photo = photos_->find(id);
  if (!model || photo == nullptr || !photo->result || photo->film) return;
  if (photo->result->settings.modelPath != model->path) return;
  rememberSpeed(*model, photo->size, *photo->result);
  updateForecast();
}

void TranslatePage::finishQueue(const QueueTally& tally) {
  const int skipped = std::exchange(skipped_, 0);
  const int all = tally.translated + tally.failed + tally.cancelled + skipped;
  if (all > 1 || skipped > 0) {
    if (!tally.files.isEmpty() || skipped > 0 || tally.failed > 0) showFinished(tally, skipped);
  } else if (!tally.files.isEmpty()) {
    const QString written = tr("Written: %1").arg(tally.files.first());
    emit statusMessage(written);
    if (!tally.notes.isEmpty())
      banner_->show(Banner::Kind::info, written + "\n" + tally.notes.join('\n'));
  }
  if (tally.translated + tally.failed > 0 && tally.cancelled == 0)
    dialogs_.notifyIfAway(*this, tr("Photos translated"), summaryOf(tally, skipped));
}

/// What became of the photos, with a button that shows where.
void TranslatePage::showFinished(const QueueTally& tally, int skipped) {
  QString text = summaryOf(tally, skipped);
  if (tally.failed > 0)
    text += " " + tr("Why stands at each photo; Retry Failed tries them again.");
  if (!tally.notes.isEmpty()) text += "\n" + tally.notes.join('\n');
  const QString folder =
      tally.files.isEmpty() ? QString() : QFileInfo(tally.files.last()).absolutePath();
  showBanner(tally.failed > 0 ? Banner::Kind::error : Banner::Kind::info, text,
             folder.isEmpty() ? QString() : tr("Show Folder"),
             [this, folder] { dialogs_.showFolder(folder); });
}

void TranslatePage::updateActions() {
  if (removing_) return;
  const std::optional<ModelCard> model = models_->current();
  const QString missing = !devicesKnown_             ? tr("Looking for a device to compute on…")
                          : !options_->hasDevice()   ? tr("There is no device to compute on")
                          : !model                   ? tr("Choose a model first")
                          : photos_->rowCount() == 0 ? tr("Open a photo first")
                                                     : QString();
  const QList<int> selected = selectedPhotos();
  const bool can = missing.isEmpty();
  actions_.translate->setEnabled(
      can && std::ranges::any_of(selected, [this](int id) { return isIdle(*photos_->find(id)); }));
  actions_.translateAll->setEnabled(can && std::ranges::any_of(photos_->photos(), isIdle));
  actions_.retryFailed->setEnabled(can && photos_->count(PhotoState::failed) > 0);
  const auto tip = [&](const QAction* action) {
    const QString keys = action->shortcut().toString(QKeySequence::NativeText);
    return missing.isEmpty() ? action->iconText() + " (" + keys + ")" : missing;
  };
  const std::pair<QPushButton*, QAction*> buttons[] = {
      {translateButton_, actions_.translate}, {translateAllButton_, actions_.translateAll}};
  for (const auto& [button, action] : buttons) {
    // Else Qt would give it to the next button, and the space bar with it.
    if (button->hasFocus() && !action->isEnabled()) list_->setFocus();
    button->setEnabled(action->isEnabled());
    button->setToolTip(tip(action));
  }
  const Photo* current = photos_->find(currentPhoto());
  const bool result = current != nullptr && current->result.has_value();
  actions_.save->setEnabled(result);
  actions_.copy->setEnabled(result);
  actions_.saveAll->setEnabled(photos_->unsavedCount() > 0);
  actions_.remove->setEnabled(!selected.isEmpty());
  for (QAction* zoom : {actions_.zoomIn, actions_.zoomOut, actions_.fit, actions_.oneToOne}) {
    zoom->setEnabled(current != nullptr);
  }
}

void TranslatePage::updateProgress() {
  const bool running = queue_->isRunning();
  progressRow_->setVisible(running);
  actions_.cancel->setEnabled(running);
  actions_.pause->setEnabled(running);
  const bool paused = queue_->isPaused();
  actions_.pause->setText(paused ? tr("&Go On") : tr("&Pause"));
  actions_.pause->setIcon(icon(paused ? Glyph::play : Glyph::pause));
  actions_.pause->setToolTip(paused ? tr("Goes on where it stands (Ctrl+P)")
                                    : tr("Stands still until it is let go on (Ctrl+P)"));
  if (!running) return;
  QStringList parts;
  if (paused) {
    parts.append(tr("Paused, %1 of %2 done").arg(queue_->finished()).arg(queue_->total()));
  } else if (queue_->total() > 1) {
    parts.append(tr("Translating %1 of %2").arg(queue_->finished() + 1).arg(queue_->total()));
  } else {
    parts.append(queue_->fraction() > 0 ? tr("Translating") : tr("Preparing the model"));
  }
  parts.append(timeLeft(queue_->secondsLeft()));
  parts.removeAll({});
  progressText_->setText(parts.join(", "));
  progressBar_->setValue(static_cast<int>(queue_->fraction() * progressBar_->maximum()));
}

/// How many photos there are and how far they have come, over the list.
void TranslatePage::updateCounts() {
  if (removing_) return;
  const int all = photos_->rowCount();
  QStringList parts = {all == 1 ? tr("1 photo") : tr("%1 photos").arg(all)};
  const auto add = [&](PhotoState state, const QString& text) {
    if (const int count = photos_->count(state); count > 0) parts.append(text.arg(count));
  };
  add(PhotoState::done, tr("%1 done"));
  add(PhotoState::waiting, tr("%1 waiting"));
  add(PhotoState::failed, tr("%1 failed"));
  photosHeading_->setText(parts.join(" · "));
}

/// What Translate will make of the photo on view, and where Translate All writes.
void TranslatePage::updateForecast() {
  outputSection_->setSummary(output_->summary());
  const std::optional<ModelCard> model = models_->current();
  const Photo* photo = photos_->find(currentPhoto());
  QPalette colours = palette();
  QStringList lines;
  if (model && photo != nullptr && !photo->size.isEmpty()) {
    const OutputSettings& output = output_->settings();
    const bool written = !photo->film && (output.single || selectedPhotos().size() > 1);
    const QString path =
        written ? planOutputs(*photos_, {photo->id}, model->name, output).first().path : QString();
    const TranslateSettings settings = options_->settings();
    const Forecast forecast =
        Session::forecast({photo->size, model->scale, path, settings.scale, settings.width});
    const auto sides = [](const QSize& size) {
      return QString("%1 × %2").arg(size.width()).arg(size.height());
    };
    if (!forecast.problem.isEmpty()) {
      lines = {tr("%1 will not fit. %2").arg(sides(forecast.size), forecast.problem)};
      colours.setColor(QPalette::WindowText, errorColor(palette()));
    } else {
      if (photo->film)
        lines = {tr("%1 → %2, every frame").arg(sizeText(*photo), sides(forecast.size))};
      else
        lines = {tr("%1 → %2, about %3")
                     .arg(sides(photo->size), sides(forecast.size), bytesText(forecast.bytes))};
      const double seconds = expectedSeconds(*model, photo->size, settings.device);
      if (seconds >= 0 && !photo->film && !settings.selfEnsemble)
        lines.first() += ", " + aboutSoLong(seconds);
      if (const int all = photos_->rowCount(); all > 1)
        lines.append(tr("All: %1 files %2").arg(all).arg(output_->summary()));
    }
  }
  forecast_->setPalette(colours);
  forecast_->setText(lines.join('\n'));
  forecast_->setToolTip(lines.join('\n'));
}

}  // namespace imago::gui

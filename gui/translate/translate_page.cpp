#include "gui/translate/translate_page.h"

#include <QAction>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QGuiApplication>
#include <QListView>
#include <QMimeData>
#include <QStackedWidget>
#include <QUrl>
#include <algorithm>
#include <utility>

#include "gui/session/session.h"
#include "gui/translate/model_panel.h"
#include "gui/translate/options_panel.h"
#include "gui/translate/output_panel.h"
#include "gui/translate/photo_model.h"
#include "gui/translate/photo_saver.h"
#include "gui/translate/photo_viewer.h"
#include "gui/translate/sample_tiles.h"
#include "gui/translate/translate_queue.h"
#include "gui/widgets/drop_area.h"

namespace imago::gui {

namespace {

bool is_model_file(const QString& path) {
  const QStringList endings = {"safetensors", "pth", "pt", "onnx", "param", "bin"};
  return endings.contains(QFileInfo(path).suffix().toLower());
}

bool is_takeable(const QMimeData* data) {
  return data != nullptr && (data->hasUrls() || data->hasImage());
}

}  // namespace

TranslatePage::TranslatePage(Session& session, const Dialogs& dialogs, QWidget* parent)
    : QWidget(parent),
      session_(session),
      dialogs_(dialogs),
      photos_(new PhotoModel(this)),
      queue_(new TranslateQueue(session, *photos_, this)),
      saver_(new PhotoSaver(session, *photos_, dialogs, this)),
      keeper_(new PhotoListKeeper(*photos_, *queue_, this)),
      models_(new ModelPanel(session, dialogs, this)) {
  setAcceptDrops(true);
  makeActions();
  makeLayout();
  dropHint_ = new DropHint(this);
  connectParts();
  showCurrent();
  updateProgress();
  offerLastList();
  session_.listDevices();
}

void TranslatePage::showBanner(Banner::Kind kind, const QString& text, const QString& action,
                               std::function<void()> act) {
  bannerAct_ = std::move(act);
  banner_->show(kind, text, action);
}

void TranslatePage::connectParts() {
  connect(&session_, &Session::devicesListed, this, &TranslatePage::takeDevices);
  connect(&session_, &Session::photosFound, this, &TranslatePage::addFiles);
  connect(&session_, &Session::photoRead, this, [this](const PhotoHead& head) {
    photos_->edit(head.photo, [&](Photo& photo) {
      photo.size = head.size;
      photo.thumbnail = head.thumbnail;
      photo.film = head.film;
      photo.seconds = head.seconds;
      if (!photo.result) photo.reason = head.error;
    });
    const Photo* photo = photos_->find(head.photo);
    if (photo != nullptr && photo->state == PhotoState::reading) photos_->settle(head.photo);
    if (head.photo == currentPhoto()) showCurrent();
    translateSample();
  });
  connect(list_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
    lookAgain(currentPhoto());
    showCurrent();
  });
  connect(list_->selectionModel(), &QItemSelectionModel::selectionChanged, this,
          &TranslatePage::updateActions);
  connect(photos_, &QAbstractItemModel::dataChanged, this, &TranslatePage::updateActions);
  connect(photos_, &QAbstractItemModel::dataChanged, this, &TranslatePage::updateCounts);
  connect(photos_, &QAbstractItemModel::rowsInserted, this, &TranslatePage::updateCounts);
  connect(photos_, &QAbstractItemModel::rowsRemoved, this, &TranslatePage::updateCounts);
  connect(photos_, &QAbstractItemModel::modelReset, this, &TranslatePage::updateCounts);
  connect(models_, &ModelPanel::currentChanged, this, [this] {
    options_->setModel(models_->current().value_or(ModelCard()));
    updateActions();
    updateForecast();
  });
  connect(options_, &OptionsPanel::sizeChanged, this, &TranslatePage::updateForecast);
  connect(output_, &OutputPanel::changed, this, &TranslatePage::updateForecast);
  connect(models_, &ModelPanel::trainRequested, this, &TranslatePage::trainRequested);
  connect(models_, &ModelPanel::notFound, this,
          [this](const QString& text) { banner_->show(Banner::Kind::error, text); });
  connect(models_, &ModelPanel::listed, this,
          [this] { samples_->setModels(models_->withPhotos()); });
  connect(samples_, &SampleTiles::chosen, this, &TranslatePage::trySample);
  connect(queue_, &TranslateQueue::changed, this, &TranslatePage::updateProgress);
  connect(queue_, &TranslateQueue::translated, this, [this](int photo) {
    discarded_.remove(photo);  // it was said of an earlier result
    rememberTime(photo);
    if (photo == currentPhoto()) showCurrent();
  });
  connect(queue_, &TranslateQueue::setupFailed, this,
          [this](const QString& reason) { banner_->show(Banner::Kind::error, reason); });
  connect(queue_, &TranslateQueue::slow, this, [this](int photo, const QString& why) {
    if (const Photo* slow = photos_->find(photo))
      banner_->show(Banner::Kind::info, tr("%1: %2.").arg(slow->name, why));
  });
  connect(queue_, &TranslateQueue::idle, this, &TranslatePage::finishQueue);
  connect(banner_, &Banner::actionTriggered, this, [this] { bannerAct_(); });
  connect(saver_, &PhotoSaver::saved, this,
          [this](const QString& path) { emit statusMessage(tr("Saved %1").arg(path)); });
  connect(saver_, &PhotoSaver::failed, this,
          [this](const QString& text) { banner_->show(Banner::Kind::error, text); });
  connect(saver_, &PhotoSaver::finished, this, &TranslatePage::finishSaves);
  connect(deviceBanner_, &Banner::actionTriggered, &session_, &Session::listDevices);
}

CompareView* TranslatePage::view() const { return viewer_->view(); }

// Photos in.

void TranslatePage::openPaths(const QStringList& paths) {
  QStringList photos;
  for (const QString& path : paths) {
    if (is_model_file(path)) {
      models_->openFile(path);
    } else {
      photos.append(path);
    }
  }
  if (!photos.isEmpty()) session_.findPhotos(photos);
}

void TranslatePage::addFiles(const QStringList& files, const QStringList& problems) {
  int first = 0;
  for (const QString& file : files) {
    const int id = photos_->addFile(file);
    if (first == 0) first = id;
    lookAgain(id);
  }
  if (first != 0) selectPhoto(first);
  if (!problems.isEmpty()) banner_->show(Banner::Kind::info, problems.join('\n'));
  translateSample();
}

void TranslatePage::lookAgain(int id) {
  const Photo* photo = photos_->find(id);
  if (photo == nullptr || photo->path.isEmpty()) return;
  const QDateTime modified = QFileInfo(photo->path).lastModified();
  const bool anew = photo->state == PhotoState::reading && !photo->modified.isValid();
  if (!anew && modified == photo->modified) return;
  photos_->edit(id, [&](Photo& changed) { changed.modified = modified; });
  viewer_->forget(id);
  session_.readPhoto(photos_->find(id)->source());
}

/// What another program has done to the photo on view is seen when somebody comes back from it.
bool TranslatePage::event(QEvent* event) {
  if (event->type() == QEvent::WindowActivate) lookAgain(currentPhoto());
  return QWidget::event(event);
}

void TranslatePage::addPasted(const QImage& image) {
  const int id = photos_->addPasted(image);
  session_.readPhoto(photos_->find(id)->source());
  selectPhoto(id);
}

bool TranslatePage::take(const QMimeData* mime) {
  if (!is_takeable(mime)) return false;
  QStringList paths;
  for (const QUrl& url : mime->urls()) {
    if (url.isLocalFile()) paths.append(url.toLocalFile());
  }
  if (!paths.isEmpty()) {
    openPaths(paths);
    return true;
  }
  const QImage image = qvariant_cast<QImage>(mime->imageData());
  if (!image.isNull()) addPasted(image);
  return !image.isNull();
}

void TranslatePage::dragEnterEvent(QDragEnterEvent* event) {
  if (!is_takeable(event->mimeData())) return;
  event->acceptProposedAction();
  dropHint_->appear();
}

void TranslatePage::dragLeaveEvent(QDragLeaveEvent*) { dropHint_->hide(); }

void TranslatePage::dropEvent(QDropEvent* event) {
  dropHint_->hide();
  if (take(event->mimeData())) {
    event->acceptProposedAction();
  } else {
    banner_->show(Banner::Kind::info,
                  tr("Only files on this computer and pictures can be dropped here. Save the "
                     "picture first, then open the file."));
  }
}

void TranslatePage::removeSelected() {
  const QList<int> ids = selectedPhotos();
  if (ids.isEmpty()) return;
  QList<int> unsaved;
  for (const int id : ids)
    if (photos_->find(id)->unsaved()) unsaved.append(id);
  if (!unsaved.isEmpty()) {
    const UnsavedAnswer answer = dialogs_.askUnsaved(this, static_cast<int>(unsaved.size()));
    if (answer == UnsavedAnswer::save) saver_->saveUnsaved(unsaved);
    if (answer != UnsavedAnswer::discard) return;
  }
  const int row = photos_->rowOf(ids.first());
  removing_ = true;
  for (const int id : ids) {
    queue_->forget(id);
    viewer_->forget(id);
  }
  QList<Photo> gone;
  for (const int id : ids) {
    gone.append(*photos_->find(id));
    Photo& photo = gone.last();
    const bool busy = photo.state == PhotoState::waiting || photo.state == PhotoState::running;
    if (busy) photo.state = photo.result ? PhotoState::done : PhotoState::ready;
  }
  removed_.append(gone);
  actions_.undoRemove->setEnabled(true);
  photos_->remove(ids);
  removing_ = false;
  updateCounts();
  if (photos_->rowCount() > 0) {
    selectPhoto(photos_->at(std::min(row, photos_->rowCount() - 1)).id);
  } else {
    showCurrent();
  }
}

void TranslatePage::undoRemove() {
  if (removed_.isEmpty()) return;
  const QList<Photo> back = removed_.takeLast();
  actions_.undoRemove->setEnabled(!removed_.isEmpty());
  photos_->restore(back);
  for (const Photo& photo : back)
    if (photo.state == PhotoState::reading) session_.readPhoto(photo.source());
  if (photos_->rowOf(back.last().id) >= 0) selectPhoto(back.last().id);
}

void TranslatePage::copyCurrent() {
  const Photo* photo = photos_->find(currentPhoto());
  if (photo == nullptr || !photo->result) return;
  const Pyramid result = viewer_->result();
  if (!result.isNull()) QGuiApplication::clipboard()->setImage(result.full());
  emit statusMessage(result.isNull() ? tr("The picture is not there yet") : tr("Copied"));
}

// Which photo.

QList<int> TranslatePage::selectedPhotos() const {
  QList<int> ids;
  for (const QModelIndex& index : list_->selectionModel()->selectedIndexes()) {
    ids.append(photos_->at(index.row()).id);
  }
  std::ranges::sort(ids, {}, [this](int id) { return photos_->rowOf(id); });
  return ids;
}

QList<int> TranslatePage::allPhotos() const {
  QList<int> ids;
  for (const Photo& photo : photos_->photos()) ids.append(photo.id);
  return ids;
}

int TranslatePage::currentPhoto() const {
  const QModelIndex index = list_->currentIndex();
  return index.isValid() ? photos_->at(index.row()).id : 0;
}

void TranslatePage::selectPhoto(int photo) {
  // Not the view's own setCurrentIndex, which minds the keys: Ctrl is down while one pastes.
  list_->selectionModel()->setCurrentIndex(photos_->index(photos_->rowOf(photo)),
                                           QItemSelectionModel::ClearAndSelect);
  showCurrent();
}

void TranslatePage::showCurrent() {
  if (removing_) return;
  const bool any = photos_->rowCount() > 0;
  stack_->setCurrentIndex(any ? 1 : 0);
  list_->parentWidget()->setVisible(any);
  viewer_->show(currentPhoto());
  updateActions();
  updateForecast();
}

// Closing.

bool TranslatePage::mayClose() {
  const bool may = mayLose();
  if (may) keeper_->save();
  return may;
}

bool TranslatePage::mayLose() {
  if (queue_->isRunning()) {
    const int left = queue_->total() - queue_->finished();
    if (!dialogs_.askStopTranslating(this, left, queue_->filmsLeft())) return false;
    keeper_->keepUnfinished();
    queue_->cancelAll();
  }
  if (saver_->pending() == 0) {
    QList<int> unsaved;
    for (const Photo& photo : photos_->photos())
      if (photo.unsaved() && !discarded_.contains(photo.id)) unsaved.append(photo.id);
    if (unsaved.isEmpty()) return true;
    const UnsavedAnswer answer = dialogs_.askUnsaved(this, static_cast<int>(unsaved.size()));
    if (answer == UnsavedAnswer::discard) {
      discarded_.unite(QSet<int>(unsaved.begin(), unsaved.end()));
      return true;
    }
    if (answer == UnsavedAnswer::keep) return false;
    saver_->saveUnsaved(unsaved);
  }
  closeAfterSaves_ = saver_->pending() > 0;
  return false;
}

void TranslatePage::finishSaves(bool good) {
  if (closeAfterSaves_ && good) emit closeRequested();
  closeAfterSaves_ = false;
}

}  // namespace imago::gui

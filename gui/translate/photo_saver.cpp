#include "gui/translate/photo_saver.h"

#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>
#include <QSet>
#include <QSettings>
#include <QWidget>

#include "gui/session/session.h"
#include "gui/translate/photo_model.h"

namespace imago::gui {

namespace {

constexpr char kFolderKey[] = "translate/saveFolder";

QString file_name(const Photo& photo) {
  const QString stem = photo.path.isEmpty() ? photo.name : QFileInfo(photo.path).completeBaseName();
  QString model = photo.result->modelName;
  model.replace(QRegularExpression("[/\\\\:*?\"<>|]"), "-");
  return stem + "_" + model + ".png";
}

/// A name in the folder that neither the disk nor this round has: "a.png", "a (2).png"…
QString free_name(const QString& folder, const QString& name, const QSet<QString>& taken) {
  const QFileInfo info(name);
  QString path = QDir(folder).filePath(name);
  for (int count = 2; taken.contains(path) || QFileInfo::exists(path); ++count) {
    path = QDir(folder).filePath(
        QString("%1 (%2).%3").arg(info.completeBaseName()).arg(count).arg(info.suffix()));
  }
  return path;
}

}  // namespace

PhotoSaver::PhotoSaver(Session& session, PhotoModel& photos, const Dialogs& dialogs,
                       QWidget* window)
    : QObject(window), session_(session), photos_(photos), dialogs_(dialogs), window_(window) {
  connect(&session_, &Session::saved, this, &PhotoSaver::finish);
}

QString PhotoSaver::suggestion(const Photo& photo) {
  const QString folder =
      photo.path.isEmpty() ? picturesFolder() : QFileInfo(photo.path).absolutePath();
  return QDir(folder).filePath(file_name(photo));
}

void PhotoSaver::saveOne(int id) {
  const Photo* photo = photos_.find(id);
  if (photo == nullptr || !photo->result) return;
  const QString path = dialogs_.saveAs(window_, suggestion(*photo));
  photo = photos_.find(id);  // the dialog let the world go on
  if (path.isEmpty() || photo == nullptr) return;
  start(*photo, path);
}

void PhotoSaver::saveAll() {
  const QString last = QSettings().value(kFolderKey, picturesFolder()).toString();
  const QString folder = dialogs_.pickFolder(window_, tr("Save All Translated Photos In"), last);
  if (folder.isEmpty()) return;
  QSettings().setValue(kFolderKey, folder);
  QSet<QString> taken;
  for (const Photo& photo : photos_.photos()) {
    if (!photo.result) continue;
    const QString path = free_name(folder, file_name(photo), taken);
    taken.insert(path);
    start(photo, path);
  }
}

void PhotoSaver::start(const Photo& photo, const QString& path) {
  ++pending_;
  session_.save(*photo.result, path);
}

void PhotoSaver::finish(const SaveOutcome& outcome) {
  --pending_;
  if (outcome.error.isEmpty()) {
    photos_.edit(outcome.photo, [&](Photo& photo) {
      // It may have been translated anew meanwhile; that one is not saved.
      if (photo.result && photo.result->details == outcome.details) photo.saved = true;
    });
    emit saved(outcome.path);
  } else {
    problems_.append(
        tr("%1 could not be saved: %2").arg(QDir::toNativeSeparators(outcome.path), outcome.error));
    emit failed(problems_.join('\n'));
  }
  if (pending_ > 0) return;
  const bool good = problems_.isEmpty();
  problems_.clear();
  emit finished(good);
}

}  // namespace imago::gui

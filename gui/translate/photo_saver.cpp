#include "gui/translate/photo_saver.h"

#include <QDir>
#include <QFile>
#include <QSet>
#include <QSettings>
#include <QWidget>

#include "gui/session/session.h"
#include "gui/translate/output_plan.h"
#include "gui/translate/photo_model.h"
#include "gui/widgets/file_names.h"

namespace imago::gui {

namespace {

constexpr char kFolderKey[] = "translate/saveFolder";

}  // namespace

PhotoSaver::PhotoSaver(Session& session, PhotoModel& photos, const Dialogs& dialogs,
                       QWidget* window)
    : QObject(window), session_(session), photos_(photos), dialogs_(dialogs), window_(window) {
  connect(&session_, &Session::saved, this, &PhotoSaver::finish);
}

void PhotoSaver::save(const QList<int>& photos) {
  QList<int> translated;
  for (const int id : photos) {
    const Photo* photo = photos_.find(id);
    if (photo != nullptr && photo->result) translated.append(id);
  }
  if (translated.size() == 1) return saveOne(translated.first());
  if (translated.isEmpty()) return;
  const QString last = QSettings().value(kFolderKey, picturesFolder()).toString();
  OutputSettings where = OutputSettings::remembered();
  where.folder = dialogs_.pickFolder(window_, tr("Save Translated Photos In"), last);
  if (where.folder.isEmpty()) return;
  QSettings().setValue(kFolderKey, where.folder);
  QSet<QString> taken;
  for (const int id : translated) {
    const Photo* photo = photos_.find(id);  // the dialog let the world go on
    if (photo == nullptr || !photo->result) continue;
    const QString path =
        freePath(where.folder, outputName(*photo, photo->result->modelName, where),
                 [&](const QString& name) { return taken.contains(name) || QFile::exists(name); });
    taken.insert(path);
    start(*photo, path);
  }
}

void PhotoSaver::saveAll() {
  QList<int> unsaved;
  for (const Photo& photo : photos_.photos()) {
    if (photo.unsaved()) unsaved.append(photo.id);
  }
  save(unsaved);
}

void PhotoSaver::saveOne(int id) {
  const Photo* photo = photos_.find(id);
  OutputSettings beside = OutputSettings::remembered();
  beside.folder.clear();
  const QString suggested = QDir(outputFolder(*photo, beside))
                                .filePath(outputName(*photo, photo->result->modelName, beside));
  const QString path = dialogs_.saveAs(window_, suggested);
  photo = photos_.find(id);  // the dialog let the world go on
  if (path.isEmpty() || photo == nullptr || !photo->result) return;
  start(*photo, path);
}

void PhotoSaver::start(const Photo& photo, const QString& path) {
  ++pending_;
  session_.save(*photo.result, path, OutputSettings::remembered().quality);
}

void PhotoSaver::finish(const SaveOutcome& outcome) {
  --pending_;
  if (outcome.error.isEmpty()) {
    photos_.edit(outcome.photo, [&](Photo& photo) {
      // It may have been translated anew meanwhile; that one is not saved.
      if (!photo.result || photo.result->details != outcome.details) return;
      photo.saved = true;
      photo.result->file = outcome.path;
      photo.result->picture = {};  // the file has it; what is on view the viewer keeps
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

#include "gui/translate/photo_saver.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
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
  QList<Wanted> wanted;
  for (const int id : photos) {
    const Photo* photo = photos_.find(id);
    if (photo != nullptr && photo->result) wanted.append({id, photo->result->details});
  }
  saveResults(wanted);
}

void PhotoSaver::saveUnsaved(const QList<int>& photos) {
  QList<Wanted> wanted;
  for (const int id : photos) {
    const Photo* photo = photos_.find(id);
    if (photo == nullptr) continue;
    for (const Translation* result : photo->unsavedResults()) wanted.append({id, result->details});
  }
  saveResults(wanted);
}

void PhotoSaver::saveAll() {
  QList<int> all;
  for (const Photo& photo : photos_.photos()) all.append(photo.id);
  saveUnsaved(all);
}

void PhotoSaver::saveResults(const QList<Wanted>& results) {
  if (results.size() == 1) return saveOne(results.first());
  if (results.isEmpty()) return;
  const QString last = QSettings().value(kFolderKey, picturesFolder()).toString();
  OutputSettings where = OutputSettings::remembered();
  where.folder = dialogs_.pickFolder(window_, tr("Save Translated Photos In"), last);
  if (where.folder.isEmpty()) return;
  QSettings().setValue(kFolderKey, where.folder);
  QSet<QString> taken;
  for (const Wanted& wanted : results) {
    const Translation* result = find(wanted);
    if (result == nullptr) continue;
    const QString path =
        freePath(where.folder, outputName(*photos_.find(wanted.photo), result->modelName, where),
                 [&](const QString& name) { return taken.contains(name) || QFile::exists(name); });
    taken.insert(path);
    start(*result, path);
  }
}

void PhotoSaver::saveOne(const Wanted& wanted) {
  OutputSettings where = OutputSettings::remembered();
  if (!QFileInfo(where.folder).isDir()) where.folder.clear();  // not made yet
  const Photo& photo = *photos_.find(wanted.photo);
  if (photo.film) where.filmFormat = QFileInfo(find(wanted)->file).suffix();
  const QString suggested =
      QDir(outputFolder(photo, where)).filePath(outputName(photo, find(wanted)->modelName, where));
  const QString path =
      photo.film ? dialogs_.saveFile(window_, tr("Save Translated Film"), suggested,
                                     tr("Films (*.%1)").arg(QFileInfo(suggested).suffix()))
                 : dialogs_.saveAs(window_, suggested);
  const Translation* result = find(wanted);
  if (!path.isEmpty() && result != nullptr) start(*result, path);
}

const Translation* PhotoSaver::find(const Wanted& wanted) const {
  const Photo* photo = photos_.find(wanted.photo);
  return photo == nullptr ? nullptr : photo->resultOf(wanted.of);
}

void PhotoSaver::start(const Translation& result, const QString& path) {
  ++pending_;
  session_.save(result, path, OutputSettings::remembered().quality);
}

void PhotoSaver::finish(const SaveOutcome& outcome) {
  --pending_;
  if (outcome.error.isEmpty()) {
    photos_.edit(outcome.photo, [&](Photo& photo) {
      const auto take = [&](Translation& result) {
        // It may have been translated anew meanwhile; that one is not saved.
        if (result.details != outcome.details) return;
        result.file = outcome.path;
        result.picture = {};  // the file has it; what is on view the viewer keeps
      };
      if (photo.result) take(*photo.result);
      for (Translation& other : photo.others) take(other);
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
